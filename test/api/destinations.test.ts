// GET /v1/destinations and /v1/destinations/{id}: how the CRMs stand.
import { describe, expect, it } from "vitest";
import { OperatorClient } from "../support/operator.ts";
import { eventually } from "../support/eventually.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;
const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `customer-${index}`);

/** Every customer's update of a step is taken. */
async function acceptAll(step: number): Promise<void> {
  for (const customer of CUSTOMERS) await relay.accept(update(customer, step));
}

async function allStand(state: string, only?: readonly string[]): Promise<void> {
  for (const customer of CUSTOMERS) await relay.stands(customer, state, only);
}

describe("a destination that nothing was sent to", () => {
  it("is open, with figures of nothing", async () => {
    const nothing = {
      calls: 0,
      deliveries: 0,
      succeeded: 0,
      success_rate: null,
      latency_p50_ms: null,
      latency_p95_ms: null,
    };
    expect(await operator.look("one")).toEqual({
      id: "one",
      format: "webhook",
      topics: ["customer.profile.updated"],
      deliver: "latest",
      state: "open",
      reason: null,
      since: null,
      next_attempt_at: null,
      rates: { last_5_minutes: nothing, last_60_minutes: nothing },
      last_errors: [],
      customers_behind: 0,
      behind_since: null,
      customers_dead: 0,
      dead_letters: 0,
      backfill: null,
      replay: null,
    });
  });
});

describe("all destinations", () => {
  it("are listed in the order of the configuration, without the lookup store, each as by itself", async () => {
    crms.answers("one", () => new Response("no", { status: 401 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    const all = await operator.lookAtAll();
    expect(all.map(({ id }) => id)).toEqual(["one", "many", "tiers"]);
    expect(all).toEqual(await Promise.all(all.map(async ({ id }) => operator.look(id))));
    expect(all.map(({ state }) => state)).toEqual(["held", "open", "open"]);
  });
});

describe("a destination that is well", () => {
  it("shows its rates and latencies of the last minutes, and nobody behind", async () => {
    await acceptAll(1);
    await allStand("synced");
    await eventually(async () => {
      const { rates } = await operator.look("one");
      expect(rates.last_5_minutes).toEqual({
        calls: CUSTOMERS.length,
        deliveries: CUSTOMERS.length,
        succeeded: CUSTOMERS.length,
        success_rate: 1,
        latency_p50_ms: expect.any(Number),
        latency_p95_ms: expect.any(Number),
      });
      expect(rates.last_60_minutes).toEqual(rates.last_5_minutes);
    });
    const many = await operator.look("many");
    expect(many).toMatchObject({ state: "open", customers_behind: 0, behind_since: null });
    expect(many.rates.last_5_minutes).toMatchObject({ deliveries: CUSTOMERS.length });

    moveClock(6 * MINUTE_MS);
    const { rates } = await operator.look("one");
    expect(rates.last_5_minutes).toMatchObject({ calls: 0, success_rate: null });
    expect(rates.last_60_minutes).toMatchObject({ calls: CUSTOMERS.length, success_rate: 1 });
  });
});
