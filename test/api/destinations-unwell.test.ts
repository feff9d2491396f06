// GET /v1/destinations/{id} of a CRM that fails, refuses the relay or asks it to wait.
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `customer-${index}`);

const down = () => new Response("down", { status: 503 });

/** Every customer's update of a step is taken. */
async function acceptAll(step: number): Promise<void> {
  for (const customer of CUSTOMERS) await relay.accept(update(customer, step));
}

async function allStand(state: string, only?: readonly string[]): Promise<void> {
  for (const customer of CUSTOMERS) await relay.stands(customer, state, only);
}

/** Waits until a destination's gate is closed by its breaker, and all customers wait for it. */
async function failsFor(id: string): Promise<void> {
  await eventually(async () => {
    const { state, customers_behind } = await operator.look(id);
    expect([state, customers_behind]).toEqual(["breaker_open", CUSTOMERS.length]);
  });
}

describe("a destination that fails", () => {
  beforeEach(async () => {
    crms.answers("one", down);
    await acceptAll(1);
    await allStand("synced", ["PROFILES", "many", "tiers"]);
    await failsFor("one");
  });

  it("says why, since when, when it is tried next, and how many are behind", async () => {
    const one = await operator.look("one");
    expect(one.reason).toBe("5 calls in a row failed: HTTP 503: down");
    const [since, next, behind] = [one.since, one.next_attempt_at, one.behind_since].map((time) =>
      Date.parse(time ?? ""),
    );
    expect((next ?? 0) - (since ?? 0)).toBe(30 * SECOND_MS);
    expect(behind).toBeLessThanOrEqual(since ?? 0);
    expect(one.rates.last_5_minutes).toMatchObject({ succeeded: 0, success_rate: 0 });
    expect(one).toMatchObject({ customers_dead: 0, dead_letters: 0 });
  });

  it("has its errors, newest first", async () => {
    const before = (await operator.look("one")).last_errors.length;
    expect(before).toBeGreaterThanOrEqual(5);
    crms.answers("one", () => new Response("still down", { status: 500 }));
    moveClock(16 * MINUTE_MS);
    await relay.ringAll();
    await eventually(async () => {
      const { last_errors: errors } = await operator.look("one");
      expect(errors).toHaveLength(before + 1);
      expect(errors[0]).toMatchObject({
        status: 500,
        error: "HTTP 500: still down",
        deliveries: 1,
      });
      expect(errors[1]).toMatchObject({ status: 503, error: "HTTP 503: down", deliveries: 1 });
      const times = errors.map(({ at }) => at);
      expect(times).toEqual(times.toSorted().toReversed());
    });
  });

  it("harms the numbers of no other", async () => {
    const many = await operator.look("many");
    expect(many).toMatchObject({
      state: "open",
      reason: null,
      customers_behind: 0,
      last_errors: [],
    });
    expect(many.rates.last_5_minutes.success_rate).toBe(1);
  });

  it("is open again, with nobody behind, once it answers", async () => {
    crms.answers("one", () => new Response("up"));
    moveClock(16 * MINUTE_MS);
    await relay.catchUp(CUSTOMERS);
    expect(await operator.look("one")).toMatchObject({
      state: "open",
      reason: null,
      since: null,
      next_attempt_at: null,
      customers_behind: 0,
      behind_since: null,
    });
  });
});

describe("a destination that refuses the credentials", () => {
  it("is held, and says by which answer", async () => {
    crms.answers("one", () => new Response("who are you?", { status: 401 }));
    await acceptAll(1);
    await allStand("held", ["one"]);
    const one = await operator.look("one");
    expect(one).toMatchObject({
      state: "held",
      reason: "the credentials were refused: HTTP 401: who are you?",
      since: expect.any(String),
      next_attempt_at: expect.any(String),
      customers_behind: CUSTOMERS.length,
    });
    expect(one.last_errors).toHaveLength(crms.calls("one").length);
    expect(one.last_errors[0]).toMatchObject({ status: 401 });
  });
});

describe("a destination that asked to wait", () => {
  it("stays open, and says until when nothing is sent", async () => {
    const headers = { "retry-after": "600" };
    crms.answers("one", () => new Response("", { status: 429, headers }));
    await relay.accept(update("ann", 1));
    await eventually(async () => {
      expect(await operator.look("one")).toMatchObject({
        state: "open",
        reason: "the destination asked to wait",
        next_attempt_at: expect.any(String),
        customers_behind: 1,
      });
    });
  });
});

describe("an erased customer", () => {
  it("is behind nowhere", async () => {
    crms.answers("one", () => new Response("no", { status: 401 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    expect((await operator.look("one")).customers_behind).toBe(1);
    await relay.erase("ann");
    expect((await operator.look("one")).customers_behind).toBe(0);
  });
});
