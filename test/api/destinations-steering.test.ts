// POST /v1/destinations/{id}/pause and …/resume: an operator stops a CRM's traffic, and lets it go on.
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, partitionNumber, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;
/** Longer than a customer's minimum interval: one that was claimed in vain is due again after it. */
const INTERVAL_MS = 2_000;
const CUSTOMERS = Array.from({ length: 60 }, (_, index) => `customer-${index}`);
/** Partitions ring by themselves as well, so a few customers may come before the others. */
const FEW_CALLS = 3;

async function acceptAll(step: number): Promise<void> {
  for (const customer of CUSTOMERS) await relay.accept(update(customer, step));
}

async function allStand(state: string, only: readonly string[]): Promise<void> {
  for (const customer of CUSTOMERS) await relay.stands(customer, state, only);
}

/** What a CRM got, by customer: the points of each of their events. */
function received(crm: "one" | "many"): Readonly<Record<string, readonly unknown[]>> {
  const byCustomer = Map.groupBy(crms.events(crm), ({ data }) => data.customer_id);
  return Object.fromEntries(
    [...byCustomer].map(([customer, events]) => [
      customer,
      events.map(({ data }) => data.points["total"]),
    ]),
  );
}

const everybodyOnceWith = (points: number) =>
  Object.fromEntries(CUSTOMERS.map((customer) => [customer, [points]]));

describe("a paused destination", () => {
  it("gets nothing while updates are taken, and all others get theirs", async () => {
    const paused = await operator.pause("many");
    expect(paused).toMatchObject({
      id: "many",
      state: "paused",
      reason: "paused by an operator",
      since: expect.any(String),
      next_attempt_at: null,
      customers_behind: 0,
    });
    await acceptAll(1);
    await acceptAll(2);
    moveClock(20 * MINUTE_MS);
    await relay.ringAll();
    await allStand("held", ["many"]);
    await allStand("synced", ["PROFILES", "one", "tiers"]);
    expect(crms.calls("many")).toEqual([]);
    const { state, since, customers_behind } = await operator.look("many");
    expect([state, since, customers_behind]).toEqual(["paused", paused.since, CUSTOMERS.length]);
    expect((await operator.look("one")).customers_behind).toBe(0);
  });

  it("gets the newest of each customer once when it is resumed, in few calls", async () => {
    await operator.pause("many");
    await acceptAll(1);
    await acceptAll(2);
    await allStand("held", ["many"]);
    const partitions = new Set(await Promise.all(CUSTOMERS.map(partitionNumber)));
    expect(partitions.size).toBeGreaterThan(10);

    moveClock(INTERVAL_MS);
    expect(await operator.resume("many")).toMatchObject({
      state: "open",
      reason: null,
      since: null,
    });
    await allStand("synced", ["many"]);
    expect(received("many")).toEqual(everybodyOnceWith(2));
    expect(crms.calls("many").length).toBeLessThanOrEqual(FEW_CALLS);
    expect(await operator.look("many")).toMatchObject({ customers_behind: 0, behind_since: null });
  });

  it("gets the newest of each customer once where it takes single events", async () => {
    await operator.pause("one");
    await acceptAll(1);
    await acceptAll(2);
    await allStand("held", ["one"]);
    moveClock(INTERVAL_MS);
    await operator.resume("one");
    await allStand("synced", ["one"]);
    expect(received("one")).toEqual(everybodyOnceWith(2));
  });

  it("stays paused since the first pause, however often it is paused", async () => {
    const { since } = await operator.pause("one");
    moveClock(MINUTE_MS);
    expect(await operator.pause("one")).toMatchObject({ state: "paused", since });
    expect((await operator.resume("one")).state).toBe("open");
    expect((await operator.resume("one")).state).toBe("open");
  });

  it("keeps those it knew: changes count from what it acknowledged before", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await operator.pause("one");
    moveClock(MINUTE_MS);
    for (const step of [2, 3, 4]) await relay.accept(update("ann", step));
    await relay.ring("ann");
    await relay.stands("ann", "held", ["one"]);
    moveClock(INTERVAL_MS);
    await operator.resume("one");
    await relay.stands("ann", "synced", ["one"]);
    expect(crms.events("one")).toHaveLength(2);
    expect(crms.events("one")[1]?.data.changes).toEqual({ "points.total": { from: 1, to: 4 } });
  });
});

describe("a destination that refused the credentials", () => {
  it("gets everything that is current, once each, when it is resumed", async () => {
    crms.answers("one", () => new Response("no", { status: 401 }));
    await acceptAll(1);
    await allStand("held", ["one"]);
    expect((await operator.look("one")).state).toBe("held");
    const refused = crms.calls("one").length;

    crms.answers("one", () => new Response("yes"));
    moveClock(INTERVAL_MS);
    expect(await operator.resume("one")).toMatchObject({ state: "open", reason: null });
    await allStand("synced", ["one"]);
    const since = crms.events("one").slice(refused);
    expect(since.map(({ data }) => data.customer_id).toSorted()).toEqual(CUSTOMERS.toSorted());
    expect(await operator.look("one")).toMatchObject({ customers_behind: 0, customers_dead: 0 });
  });

  it("is held again when it is resumed before that is mended, and loses nothing", async () => {
    crms.answers("one", () => new Response("no", { status: 401 }));
    await acceptAll(1);
    await allStand("held", ["one"]);
    moveClock(INTERVAL_MS);
    await operator.resume("one");
    await eventually(async () => {
      const { state, customers_behind, customers_dead } = await operator.look("one");
      expect([state, customers_behind, customers_dead]).toEqual(["held", CUSTOMERS.length, 0]);
    });
  });
});
