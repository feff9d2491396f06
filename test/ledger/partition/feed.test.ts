// A gate that opens again lets go whom it held, as fast as the destination takes them.
import { describe, expect, it } from "vitest";
import { Partition } from "../../../src/ledger/partition.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import { openSql } from "../../support/sqlite.ts";
import { NOW, POLICY } from "../customer.ts";
import { profileOf } from "../events.ts";

const AT = new Date(NOW).toISOString();
const CLOSED_MS = 3_600_000;
const random = () => 0;

/** A partition whose gate was found closed, with so many customers besides the one who found it. */
function heldOf(customers: number) {
  const store = new PartitionStore(openSql());
  const partition = new Partition(store, [POLICY]);
  const record = (id: string) => partition.record(profileOf(id, AT, 1), id, NOW);
  record("first");
  settle(partition, NOW, { kind: "held", status: 401, reason: "HTTP 401", forMs: CLOSED_MS });
  for (let number = 0; number < customers; number += 1) record(`c${number}`);
  return { store, partition };
}

type Settled = Parameters<Partition["settle"]>[0][number]["settlement"];

/** Claims all that is due, and settles it; how many it was. */
function settle(partition: Partition, now: number, settlement: Settled): number {
  const { customers } = partition.claim(1_000, { now, leaseId: "lease" }).result;
  const ended = { destination: "acme", leaseId: "lease", isEvent: false, settlement };
  partition.settle(
    customers.map(({ customerId }) => ({ ...ended, customerId })),
    { now, random },
  );
  return customers.length;
}

describe("a gate that was opened", () => {
  it("lets a hundred go at a time", () => {
    const { partition } = heldOf(149);
    expect(partition.claim(1_000, { now: NOW + 5_000, leaseId: "l" }).result.customers).toEqual([]);
    expect(partition.open("acme", NOW + 5_000).result).toBe(1);
    const delivered = { kind: "delivered", status: 200 } as const;
    expect(settle(partition, NOW + 5_000, delivered)).toBe(100);
    expect(partition.alarm(NOW + 5_000).result).toBe(1);
    expect(settle(partition, NOW + 5_000, delivered)).toBe(50);
    expect(partition.alarm(NOW + 5_000)).toMatchObject({ result: 0, wakeAt: null });
  });

  it("lets nobody go beyond those who are under way", () => {
    const { partition } = heldOf(149);
    partition.open("acme", NOW + 5_000);
    const context = { now: NOW + 5_000, leaseId: "l" };
    expect(partition.claim(1_000, context).result.customers).toHaveLength(100);
    partition.alarm(NOW + 5_000);
    expect(partition.claim(1_000, context).result.customers).toEqual([]);
  });
});

describe("a gate whose time is over", () => {
  const until = NOW + CLOSED_MS;

  it("is asked by one, and the others follow once it was found open", () => {
    const { partition } = heldOf(20);
    expect(partition.alarm(NOW + 5_000)).toMatchObject({ result: 0, wakeAt: until });
    expect(partition.alarm(until).result).toBe(1);
    expect(settle(partition, until, { kind: "delivered", status: 200 })).toBe(1);
    partition.alarm(until);
    expect(settle(partition, until, { kind: "delivered", status: 200 })).toBe(20);
  });

  it("is forgotten a minute after nobody is held by it", () => {
    const { store, partition } = heldOf(0);
    partition.open("acme", NOW);
    settle(partition, NOW + 5_000, { kind: "delivered", status: 200 });
    partition.sweep("acme", "backfill", { startedAt: 1, all: false }, NOW + 59_000);
    expect(store.roster.read().get("acme")?.closure).not.toBeNull();
    partition.sweep("acme", "backfill", { startedAt: 2, all: false }, NOW + 60_000);
    expect(store.roster.read().get("acme")?.closure).toBeNull();
  });
});

describe("a replay", () => {
  it("brings all dead letters back, a hundred at a time", () => {
    const { partition } = heldOf(0);
    partition.open("acme", NOW);
    for (let number = 0; number < 119; number += 1)
      partition.record(profileOf(`c${number}`, AT, 1), `c${number}`, NOW);
    const later = NOW + 5_000;
    expect(settle(partition, later, { kind: "rejected", status: 422, error: "no" })).toBe(120);
    const again = later + 5_000;
    expect(partition.sweep("acme", "replay", { startedAt: 1, all: false }, again).result).toBe(1);
    const delivered = { kind: "delivered", status: 200 } as const;
    expect(settle(partition, again, delivered)).toBe(100);
    partition.alarm(again);
    expect(settle(partition, again, delivered)).toBe(20);
    expect(partition.alarm(again).wakeAt).toBeNull();
  });
});
