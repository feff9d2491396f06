// Destinations come and go with the configuration: what is added gets nothing old by itself and everything
// by a backfill, what is removed is missed by nobody, and what comes back begins anew.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, inParallel } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { after, answer } from "../support/replies.ts";

const CUSTOMERS = Array.from({ length: 30 }, (_, n) => `customer-${n}`).toSorted();
const SENDERS = 8;
const FAULTS = /ledger\.alarm_failed|request\.failed|consumer\.failed|Uncaught/;

const a = await FakeCrm.open();
const b = await FakeCrm.open();
const toA = { id: "a", url: a.url, batch: 10 };
const toB = { id: "b", url: b.url, batch: 10 };
let relay: Relay;
let operator: OperatorClient;

async function restart(...destinations: readonly object[]): Promise<void> {
  await relay.kill();
  await relay.resume({ DESTINATIONS: destinations });
}

/**
 * Everybody's update of a step is taken, and settled at CRM a and the lookup store: what is under way when
 * the relay is killed would wait for its lease.
 */
async function acceptAll(step: number): Promise<void> {
  await inParallel(CUSTOMERS, SENDERS, async (customer) => {
    const { sequence } = await relay.accept(update(customer, step));
    for (const id of ["a", "PROFILES"]) await relay.isSynced(customer, id, sequence);
  });
}

/** The events that CRM b got by some work. */
async function eventsBy(work: () => Promise<void>) {
  const before = b.requests.length;
  await work();
  return b.requests.slice(before).flatMap(({ events }) => events);
}

beforeAll(async () => {
  relay = await Relay.start({ DESTINATIONS: [toA] });
  operator = new OperatorClient(relay);
  await acceptAll(1);
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all([a.close(), b.close()]);
});

describe("a destination", () => {
  it("that is added gets new updates, and nothing old by itself", async () => {
    await restart(toA, toB);
    const events = await eventsBy(async () => {
      await relay.accept(update("customer-0", 2));
      await relay.isSynced("customer-0", "b", 2);
      await relay.isSynced("customer-0", "a", 2);
    });
    expect(events.map(({ data }) => [data.customer_id, data.sequence, data.changes])).toEqual([
      ["customer-0", 2, null],
    ]);
    expect(await operator.look("b")).toMatchObject({ customers_behind: 0, backfill: null });
  });

  it("gets everything else once by a backfill, of which there is one at a time", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    b.replyToAll(after(released, answer(200)));
    const events = await eventsBy(async () => {
      const begun = await operator.backfill("b");
      expect(begun).toMatchObject({ state: "running", total: CUSTOMERS.length });
      const again = await operator.backfill("b");
      expect(again).toMatchObject({ state: "running", started_at: begun.started_at });
      release();
      expect(await operator.finishes("b", "backfill")).toMatchObject({
        started_at: begun.started_at,
        done: CUSTOMERS.length,
        total: CUSTOMERS.length,
      });
    });
    const others = CUSTOMERS.filter((customer) => customer !== "customer-0");
    expect(events.map(({ data }) => data.customer_id).toSorted()).toEqual(others);
    expect(events.every(({ data }) => data.sequence === 1 && data.changes === null)).toBe(true);
    await inParallel(CUSTOMERS, SENDERS, async (customer) => {
      await relay.isSynced(customer, "b", customer === "customer-0" ? 2 : 1);
    });
  });

  it("that is in step gets everything again by a backfill of all", async () => {
    b.replyToAll(answer(200));
    const events = await eventsBy(async () => {
      await operator.backfill("b", { all: true });
      await operator.finishes("b", "backfill");
    });
    expect(events.map(({ data }) => data.customer_id).toSorted()).toEqual(CUSTOMERS);
  });

  it("that is removed while work is due for it is missed by nobody", async () => {
    b.replyToAll(answer(500, "down"));
    await acceptAll(3);
    await eventually(async () => {
      const { customers_behind } = await operator.look("b");
      expect(customers_behind).toBe(CUSTOMERS.length);
    });
    await restart(toA);
    const events = await eventsBy(async () => {
      await acceptAll(4);
      expect((await operator.get("/v1/destinations/b")).status).toBe(404);
      expect((await operator.lookAtAll()).map(({ id }) => id)).toEqual(["a"]);
      await inParallel(CUSTOMERS, SENDERS, async (customer) => {
        await eventually(async () => {
          const standings = await relay.standings(customer);
          expect([...(standings ?? [])].map(([id, { state }]) => [id, state])).toEqual([
            ["PROFILES", "synced"],
            ["a", "synced"],
          ]);
        });
      });
    });
    expect(events).toEqual([]);
    expect(relay.output).not.toMatch(FAULTS);
  });

  it("that comes back begins anew: it gets all by a backfill, as for the first time", async () => {
    b.replyToAll(answer(200));
    await restart(toA, toB);
    expect(await operator.look("b")).toMatchObject({ customers_behind: 0, backfill: null });
    const events = await eventsBy(async () => {
      await operator.resume("b");
      await operator.backfill("b");
      expect(await operator.finishes("b", "backfill")).toMatchObject({ done: CUSTOMERS.length });
    });
    expect(events.map(({ data }) => data.customer_id).toSorted()).toEqual(CUSTOMERS);
    expect(events.every(({ data }) => data.points.total === 4 && data.changes === null)).toBe(true);
    expect(relay.output).not.toMatch(FAULTS);
  });
});
