// CRMs that are away, for a minute or for days: nothing is lost, and nobody is flooded afterwards.
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const CUSTOMERS = ["ann", "bob", "cid", "dan", "eve"];

const down = (): Response => new Response("down", { status: 503 });
const up = (): Response => new Response("up");

/** Waits until a CRM's failed attempts at a customer are at least so many. */
async function failed(customer: string, crm: string, attempts: number): Promise<void> {
  await eventually(async () => {
    expect((await relay.standing(customer, crm)).attempts).toBeGreaterThanOrEqual(attempts);
  });
}

/** Gives whoever might wrongly call the time to do so. */
async function nobodyCalls(crm: "one" | "many", work: () => Promise<unknown>): Promise<void> {
  const before = crms.calls(crm).length;
  await work();
  await scheduler.wait(150);
  expect(crms.calls(crm)).toHaveLength(before);
}

describe("a CRM that is away for an hour", () => {
  beforeEach(async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    for (const customer of CUSTOMERS) await relay.stands(customer, "synced");
    crms.answers("one", down);
    moveClock(MINUTE_MS);
  });

  it("gets one call per customer, with the newest and the changes since what it knows", async () => {
    for (const step of [2, 3, 4]) {
      for (const customer of CUSTOMERS) await relay.accept(update(customer, step));
      await relay.ringAll();
      for (const customer of CUSTOMERS) {
        await eventually(async () => {
          const { state, attempts } = await relay.standing(customer, "one");
          expect(state === "held" || attempts > 0).toBe(true);
        });
        await relay.stands(customer, "synced", ["PROFILES", "many", "tiers"]);
      }
      moveClock(20 * MINUTE_MS);
    }

    const before = crms.calls("one").length;
    crms.answers("one", up);
    moveClock(HOUR_MS);
    await relay.catchUp(CUSTOMERS);
    const calls = crms.calls("one").slice(before);
    const events = calls.flatMap((call) => call.events);
    expect(events.map(({ data }) => data.customer_id).toSorted()).toEqual(CUSTOMERS);
    for (const { data } of events) {
      expect(data.sequence).toBe(4);
      expect(data.changes).toEqual({ "points.total": { from: 1, to: 4 } });
    }
    expect(calls).toHaveLength(CUSTOMERS.length);
  });

  it("is tried again and again, under the same id each time", async () => {
    await relay.accept(update("ann", 2));
    await relay.ring("ann");
    await failed("ann", "one", 1);
    for (let attempt = 2; attempt <= 6; attempt += 1) {
      moveClock(HOUR_MS);
      await relay.ring("ann");
      await failed("ann", "one", attempt);
    }
    const ids = crms
      .calls("one")
      .slice(CUSTOMERS.length)
      .map(({ headers }) => headers.get("webhook-id"));
    expect(new Set(ids).size).toBe(1);
    await nobodyCalls("many", () => relay.ring("ann"));
  });
});

describe("a CRM that asks to be left alone", () => {
  it("is left alone for so long, by every customer's updates", async () => {
    const headers = { "retry-after": "600" };
    crms.answers("one", () => new Response("", { status: 429, headers }));
    await relay.accept(update("ann", 1));
    await failed("ann", "one", 1);
    moveClock(MINUTE_MS);
    crms.answers("one", up);
    await nobodyCalls("one", async () => {
      await relay.accept(update("bob", 1));
      await relay.accept(update("ann", 2));
      await relay.ringAll();
      await relay.stands("bob", "held", ["one"]);
    });
    await relay.stands("bob", "synced", ["PROFILES", "many", "tiers"]);
    expect((await relay.standing("bob", "one")).attempts).toBe(0);

    moveClock(10 * MINUTE_MS);
    await relay.catchUp(["ann", "bob"]);
    expect(
      crms
        .events("one")
        .slice(1)
        .map(({ data }) => data.customer_id)
        .toSorted(),
    ).toEqual(["ann", "bob"]);
  });

  it("is left alone until its rate begins anew", async () => {
    const reset = String(Math.ceil(Date.now() / 1000) + 600);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    crms.answers("one", () => new Response("", { status: 429, headers }));
    await relay.accept(update("ann", 1));
    await failed("ann", "one", 1);
    crms.answers("one", up);
    moveClock(9 * MINUTE_MS);
    await nobodyCalls("one", () => relay.ring("ann"));
    moveClock(MINUTE_MS + SECOND_MS);
    await relay.ring("ann");
    await relay.stands("ann", "synced");
    expect(crms.calls("one")).toHaveLength(2);
  });

  it("for days is asked again after one", async () => {
    const headers = { "retry-after": "999999" };
    crms.answers("one", () => new Response("", { status: 503, headers }));
    await relay.accept(update("ann", 1));
    await failed("ann", "one", 1);
    crms.answers("one", up);
    moveClock(23 * HOUR_MS);
    await nobodyCalls("one", () => relay.ring("ann"));
    moveClock(HOUR_MS + MINUTE_MS);
    await relay.ring("ann");
    await relay.stands("ann", "synced");
    expect(crms.calls("one")).toHaveLength(2);
  });
});

describe("a CRM that refuses the credentials", () => {
  it("is held without losing anything, tried by one call, and catches up when they are right", async () => {
    crms.answers("one", () => new Response("", { status: 403 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    moveClock(5 * SECOND_MS);
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 2));
    await relay.ringAll();
    for (const customer of CUSTOMERS) await relay.stands(customer, "held", ["one"]);
    expect(crms.calls("one")).toHaveLength(1);

    crms.answers("one", up);
    moveClock(2 * MINUTE_MS);
    await relay.catchUp(CUSTOMERS);
    expect(crms.calls("one")).toHaveLength(1 + CUSTOMERS.length);
    const attempts = await relay.standing("ann", "one");
    expect(attempts).toMatchObject({ acknowledged_sequence: 2, attempts: 0 });
  });
});

describe("a CRM that is away for longer than give_up_after_hours", () => {
  beforeEach(async () => {
    crms.answers("one", down);
    await relay.accept(update("ann", 1));
    await failed("ann", "one", 1);
  });

  it("gets a dead letter after 72 hours and not before", async () => {
    moveClock(71 * HOUR_MS);
    await relay.ring("ann");
    await failed("ann", "one", 2);
    expect((await relay.standing("ann", "one")).state).toBe("pending");

    moveClock(HOUR_MS + MINUTE_MS);
    await relay.ring("ann");
    await relay.stands("ann", "dead", ["one"]);
    expect(await relay.standing("ann", "one")).toMatchObject({
      last_status: 503,
      last_error: "HTTP 503: down",
      acknowledged_sequence: 0,
    });
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);

    crms.answers("one", up);
    moveClock(24 * HOUR_MS);
    await nobodyCalls("one", () => relay.ring("ann"));
  });

  it("gets the next update all the same, and has 72 hours again", async () => {
    moveClock(73 * HOUR_MS);
    await relay.ring("ann");
    await relay.stands("ann", "dead", ["one"]);

    moveClock(MINUTE_MS);
    await relay.accept(update("ann", 2));
    await relay.ring("ann");
    await relay.stands("ann", "pending", ["one"]);
    await failed("ann", "one", 3);
    expect((await relay.standing("ann", "one")).state).toBe("pending");

    crms.answers("one", up);
    moveClock(HOUR_MS);
    await relay.ring("ann");
    await relay.stands("ann", "synced");
    expect(crms.events("one").at(-1)?.data).toMatchObject({ sequence: 2, changes: null });
  });
});
