// A run of the consumer: it waits for the quick destinations and for no others.
import { describe, expect, it } from "vitest";
import type { Lane, Settled } from "../../src/delivery/lane.ts";
import { deliverDue } from "../../src/delivery/run.ts";
import type { LedgerApi } from "../../src/ledger/client.ts";
import type { SettledDelivery } from "../../src/ledger/partition.ts";
import type { ClaimedCustomer } from "../../src/ledger/profiles/profiles.ts";
import { eventually } from "../support/eventually.ts";
import { customerIdOf, sampleDelivery } from "../support/samples.ts";

/** A ledger whose one customer is due at some destinations, and the settlements it is told. */
function ledgerDueAt(...destinations: string[]) {
  const told: SettledDelivery[][] = [];
  const { profile, customerId } = sampleDelivery({ customer_id: customerIdOf("ann") });
  const deliveries = destinations.map((destination) => ({ ...sampleDelivery(), destination }));
  const claimed: ClaimedCustomer[] = [{ customerId, profile, deliveries }];
  const api: Pick<LedgerApi, "claim" | "settle"> = {
    claim: async () => ({ customers: claimed, events: [] }),
    settle: async (settled) => void told.push([...settled]),
  };
  return { told, api: api as LedgerApi };
}

const delivered: Lane = async (consignments) =>
  consignments.map((consignment): Settled => ({
    consignment,
    settlement: { kind: "delivered", status: 200 },
  }));

const broken: Lane = () => Promise.reject(new Error("a bug"));

/** A lane that ends only when it is let go. */
function heldLane() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const lane: Lane = async (consignments, deadline) => {
    await promise;
    return delivered(consignments, deadline);
  };
  return { lane, release: resolve };
}

const context = (api: LedgerApi, lanes: Readonly<Record<string, Lane>>) => ({
  ledger: () => api,
  lane: (destination: string) => lanes[destination],
  now: () => Date.now(),
  sleep: (ms: number) => scheduler.wait(ms),
});

describe("a run", () => {
  it("settles the quick and ends, and settles the slow when they end", async () => {
    const { told, api } = ledgerDueAt("quick", "slow");
    const { lane: slow, release } = heldLane();
    const { rest } = await deliverDue(new Map([[0, 1]]), context(api, { quick: delivered, slow }));
    await eventually(() => {
      expect(told.flat().map(({ destination }) => destination)).toEqual(["quick"]);
    });
    release();
    await rest;
    expect(told.flat().map(({ destination }) => destination)).toEqual(["quick", "slow"]);
  });

  it("ends although nobody is quick, or one that hangs would keep all doorbells waiting", async () => {
    const { told, api } = ledgerDueAt("slow");
    const { lane: slow, release } = heldLane();
    const { rest } = await deliverDue(new Map([[0, 1]]), context(api, { slow }));
    expect(told).toEqual([]);
    release();
    await rest;
    expect(told.flat()).toHaveLength(1);
  });

  it("settles those that are quick together, in one call for a partition", async () => {
    const { told, api } = ledgerDueAt("a", "b", "c");
    await deliverDue(new Map([[0, 1]]), context(api, { a: delivered, b: delivered, c: delivered }));
    expect(told.map((settled) => settled.length)).toEqual([3]);
  });

  it("settles together who is a little slower, too, and does not wait for it", async () => {
    const { told, api } = ledgerDueAt("quick", "slower");
    const slower: Lane = async (consignments, deadline) => {
      await scheduler.wait(100);
      return delivered(consignments, deadline);
    };
    const { rest } = await deliverDue(
      new Map([[0, 1]]),
      context(api, { quick: delivered, slower }),
    );
    expect(told).toEqual([]);
    await rest;
    expect(told.map((settled) => settled.length)).toEqual([2]);
  });

  it("ends at once where there is nothing to do", async () => {
    const api = { claim: async () => ({ customers: [], events: [] }) } as unknown as LedgerApi;
    const { failed, rest } = await deliverDue(new Map([[0, 1]]), context(api, {}));
    await rest;
    expect(failed.size).toBe(0);
  });

  it("costs a lane that fails as a whole an attempt, and the others nothing", async () => {
    const { told, api } = ledgerDueAt("broken", "quick");
    await deliverDue(new Map([[0, 1]]), context(api, { broken, quick: delivered }));
    const kinds = told.flat().map(({ destination, settlement }) => [destination, settlement.kind]);
    expect(new Map(kinds as [string, string][])).toEqual(
      new Map([
        ["broken", "retry"],
        ["quick", "delivered"],
      ]),
    );
  });
});
