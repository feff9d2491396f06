// POST /v1/destinations/{id}/backfill: a CRM that was added gets what was stored before it came.
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { isOver } from "../support/backfills.ts";
import { OperatorClient } from "../support/operator.ts";
import { calledBy, INTERVAL_MS } from "../support/refused-customers.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";
import { removeAndAdd } from "../support/removed-destinations.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const CUSTOMERS = Array.from({ length: 40 }, (_, index) => `customer-${index}`).toSorted();

/** Gives whoever might wrongly call the time to do so. */
async function settleDown(): Promise<void> {
  await relay.ringAll();
  await scheduler.wait(100);
}

beforeEach(async () => {
  for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
  await relay.catchUp(CUSTOMERS);
  moveClock(INTERVAL_MS);
});

describe("a destination that was added", () => {
  beforeEach(async () => removeAndAdd("many"));

  it("gets nothing by itself, and is not behind", async () => {
    expect(await calledBy(crms, "many", settleDown)).toEqual([]);
    expect(await operator.look("many")).toMatchObject({ customers_behind: 0, backfill: null });
    expect((await relay.standings("customer-1"))?.get("many")).toBeUndefined();
  });

  it("gets new updates, as one that never knew the customer", async () => {
    const called = await calledBy(crms, "many", async () => {
      await relay.accept(update("customer-1", 2));
      await relay.catchUp(["customer-1"]);
    });
    expect(called).toEqual(["customer-1"]);
    expect(crms.events("many").at(-1)?.data).toMatchObject({ sequence: 2, changes: null });
  });

  it("gets everything once when it is backfilled, and says how far that is", async () => {
    const calls = crms.calls("many").length;
    const called = await calledBy(crms, "many", async () => {
      const begun = await operator.backfill("many");
      expect(begun).toMatchObject({ total: CUSTOMERS.length, started_at: expect.any(String) });
      expect(await isOver(operator, "many")).toEqual({
        ...begun,
        state: "finished",
        done: CUSTOMERS.length,
        finished_at: expect.any(String),
        estimated_end_at: null,
      });
    });
    expect(called).toEqual(CUSTOMERS);
    for (const { data } of crms.events("many").slice(-CUSTOMERS.length)) {
      expect(data).toMatchObject({ sequence: 1, changes: null });
    }
    // One for all partitions, or nearly so.
    expect(crms.calls("many").length - calls).toBeLessThanOrEqual(3);
    for (const customer of CUSTOMERS) await relay.stand(customer, "synced");
    expect(await calledBy(crms, "many", settleDown)).toEqual([]);
  });

  it("is not sent again what new updates brought it already", async () => {
    await relay.accept(update("customer-1", 2));
    await relay.catchUp(["customer-1"]);
    const called = await calledBy(crms, "many", async () => {
      await operator.backfill("many");
      expect(await isOver(operator, "many")).toMatchObject({ done: CUSTOMERS.length });
    });
    expect(called).toEqual(CUSTOMERS.filter((customer) => customer !== "customer-1"));
  });

  it("is not counted as done before it has acknowledged, and is backfilled once at a time", async () => {
    crms.answers("many", () => new Response("no", { status: 401 }));
    const { started_at } = await operator.backfill("many");
    await eventually(async () => {
      await relay.ringAll();
      const { state, customers_behind } = await operator.look("many");
      expect([state, customers_behind > 0]).toEqual(["held", true]);
    });
    moveClock(5_000);
    for (const body of [{}, { all: true }]) {
      const again = await operator.backfill("many", body);
      expect(again).toMatchObject({ state: "running", started_at, total: CUSTOMERS.length });
      expect(again.done).toBeLessThan(CUSTOMERS.length);
    }
    crms.answers("many", () => new Response("yes"));
    const called = await calledBy(crms, "many", async () => {
      await operator.resume("many");
      expect(await isOver(operator, "many")).toMatchObject({ done: CUSTOMERS.length, started_at });
    });
    expect(called).toEqual(CUSTOMERS);
  });

  it("waits while it is paused, and goes on when it is resumed", async () => {
    await operator.pause("many");
    const paused = await calledBy(crms, "many", async () => {
      await operator.backfill("many");
      await settleDown();
      await settleDown();
    });
    expect(paused).toEqual([]);
    expect(await operator.look("many")).toMatchObject({
      state: "paused",
      backfill: { state: "running", finished_at: null },
    });
    moveClock(INTERVAL_MS);
    const called = await calledBy(crms, "many", async () => {
      await operator.resume("many");
      expect(await isOver(operator, "many")).toMatchObject({ done: CUSTOMERS.length });
    });
    expect(called).toEqual(CUSTOMERS);
  });

  it("goes on although every partition's memory is lost in the middle", async () => {
    await operator.pause("many");
    await operator.backfill("many");
    await settleDown();
    // Another destination's removal is a loss of memory for all.
    await removeAndAdd("tiers");
    moveClock(INTERVAL_MS);
    const called = await calledBy(crms, "many", async () => {
      await operator.resume("many");
      expect(await isOver(operator, "many")).toMatchObject({ done: CUSTOMERS.length });
    });
    expect(called).toEqual(CUSTOMERS);
  });

  it("ends with the refused among the dead letters", async () => {
    crms.answers("many", ({ events }) => {
      const isPoisoned = events.some(({ data }) => data.customer_id === "customer-7");
      return new Response("hm", { status: isPoisoned ? 400 : 200 });
    });
    await operator.backfill("many");
    expect(await isOver(operator, "many")).toMatchObject({ done: CUSTOMERS.length });
    expect(await operator.look("many")).toMatchObject({ customers_behind: 0, customers_dead: 1 });
    await relay.stand("customer-7", "dead", ["many"]);
  });

  it("that was removed while it was failing begins anew, and its dead letters are gone", async () => {
    crms.answers("many", () => new Response("hm", { status: 400 }));
    await operator.backfill("many");
    await isOver(operator, "many");
    expect(await operator.look("many")).toMatchObject({ customers_dead: CUSTOMERS.length });
    await removeAndAdd("many");
    expect(await operator.look("many")).toMatchObject({ customers_dead: 0, backfill: null });
    expect(await operator.allDeadLetters("many", 10)).toEqual([]);
    crms.answers("many", () => new Response("yes"));
    moveClock(INTERVAL_MS);
    const called = await calledBy(crms, "many", async () => {
      await operator.backfill("many");
      await isOver(operator, "many");
    });
    expect(called).toEqual(CUSTOMERS);
  });
});
