// POST /v1/destinations/{id}/test: one sample, whose answer is shown, and which heals what was closed.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { inLedger, moveClock, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const SAMPLE = "gameball-relay-test";
const CUSTOMERS = Array.from({ length: 12 }, (_, index) => `customer-${index}`);
/** Longer than a customer's minimum interval, and shorter than any gate stays closed. */
const INTERVAL_MS = 2_000;

describe("a test of a destination", () => {
  it("shows the CRM a sample that says of itself that it is one", async () => {
    expect(await operator.test("one")).toEqual({
      outcome: "delivered",
      status: 200,
      latency_ms: expect.any(Number),
      error: null,
    });
    expect(crms.calls("one")).toHaveLength(1);
    const [call] = crms.calls("one");
    const [event] = call?.events ?? [];
    expect(event).toMatchObject({
      id: expect.stringMatching(/^evt_test_/),
      type: "customer.profile.updated",
      data: { customer_id: SAMPLE, attributes: { gameball_relay_test: true }, changes: null },
    });
    expect(Object.fromEntries(call?.headers ?? [])).toMatchObject({
      authorization: "Bearer one-token",
      "webhook-id": event?.id,
      "webhook-signature": expect.stringMatching(/^v1,/),
    });
  });

  it("is a batch of one where the CRM takes batches", async () => {
    await operator.test("many");
    expect(JSON.parse(crms.calls("many")[0]?.body ?? "")).toMatchObject([
      { data: { customer_id: SAMPLE } },
    ]);
  });

  it("is a notification where nothing else is taken", async () => {
    const topics = ["customer.notification.push"];
    const DESTINATIONS = [{ id: "messages", url: "https://one.example.com/hook", topics }];
    const messages = new OperatorClient(relayWith({ DESTINATIONS }));
    expect(await messages.test("messages")).toMatchObject({ outcome: "delivered" });
    expect(crms.events("one")).toMatchObject([
      {
        id: expect.stringMatching(/^evt_test_/),
        type: "customer.notification.push",
        data: {
          customer_id: SAMPLE,
          attributes: { gameball_relay_test: true },
          notifications: [expect.anything()],
        },
      },
    ]);
  });

  it("is another event each time", async () => {
    await operator.test("one");
    await operator.test("one");
    expect(new Set(crms.events("one").map(({ id }) => id)).size).toBe(2);
  });

  it("leaves nothing behind, in the ledger, in KV or in the figures", async () => {
    const before = await operator.look("one");
    await operator.test("one");
    expect(await inLedger(SAMPLE)).toBeNull();
    expect((await env.PROFILES.list()).keys).toEqual([]);
    expect((await operator.get(profilePath(SAMPLE))).status).toBe(404);
    expect((await operator.get(`${profilePath(SAMPLE)}/deliveries`)).status).toBe(404);
    expect(await operator.look("one")).toEqual(before);
    expect(crms.calls("many")).toEqual([]);
  });

  it.each([
    ["refuses it", 400, "rejected", "HTTP 400: no such field"],
    ["refuses the credentials", 401, "held", "credentials were refused: HTTP 401: no such field"],
    ["is gone", 404, "held", "the endpoint is gone: HTTP 404: no such field"],
    ["wants everybody to wait", 429, "retry", "HTTP 429: no such field"],
    ["fails", 500, "retry", "HTTP 500: no such field"],
    ["sends it elsewhere", 302, "retry", "HTTP 302: no such field"],
  ])("says so when the CRM %s, and changes nothing", async (_, status, outcome, error) => {
    crms.answers("one", () => new Response("no such field", { status }));
    const before = await operator.look("one");
    for (let time = 0; time < 6; time += 1) {
      expect(await operator.test("one")).toMatchObject({
        outcome,
        status,
        latency_ms: expect.any(Number),
        error: expect.stringContaining(error),
      });
    }
    expect(await operator.look("one")).toEqual(before);
    crms.answers("one", () => new Response("yes"));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
  });

  it("says so when a CRM that takes batches refuses it", async () => {
    crms.answers("many", () => new Response("no", { status: 422 }));
    expect(await operator.test("many")).toMatchObject({ outcome: "rejected", status: 422 });
    expect(crms.calls("many")).toHaveLength(1);
  });

  it("says so when nobody answers", async () => {
    crms.answers("one", async () => {
      throw new Error("connection refused");
    });
    expect(await operator.test("one")).toEqual({
      outcome: "retry",
      status: null,
      latency_ms: expect.any(Number),
      error: "the connection failed: connection refused",
    });
    expect((await operator.look("one")).state).toBe("open");
  });

  it("shows the beginning of a long answer", async () => {
    crms.answers("one", () => new Response("x".repeat(100_000), { status: 500 }));
    const { error } = (await operator.test("one")) as { readonly error: string };
    expect(error).toMatch(/^HTTP 500: x+$/);
    expect(error.length).toBeLessThan(520);
  });
});

describe("a destination that was held", () => {
  beforeEach(async () => {
    crms.answers("one", () => new Response("no", { status: 401 }));
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    for (const customer of CUSTOMERS) await relay.stands(customer, "held", ["one"]);
  });

  it("stays so while a test fails, and is neither asked sooner nor later", async () => {
    const before = await operator.look("one");
    expect(before).toMatchObject({ state: "held", customers_behind: CUSTOMERS.length });
    expect(await operator.test("one")).toMatchObject({ outcome: "held", status: 401 });
    crms.answers("one", () => new Response("down", { status: 503 }));
    expect(await operator.test("one")).toMatchObject({ outcome: "retry", status: 503 });
    expect(await operator.look("one")).toEqual(before);
  });

  it("is healed by a test that is acknowledged, and gets everything", async () => {
    crms.answers("one", () => new Response("yes"));
    const before = crms.calls("one").length;
    moveClock(INTERVAL_MS);
    expect(await operator.test("one")).toMatchObject({ outcome: "delivered" });
    expect((await operator.look("one")).state).toBe("open");
    for (const customer of CUSTOMERS) await relay.stands(customer, "synced");
    const events = crms.events("one").slice(before);
    const customers = events.map(({ data }) => data.customer_id);
    expect(customers.toSorted()).toEqual([SAMPLE, ...CUSTOMERS].toSorted());
  });
});

describe("a destination whose breaker is open", () => {
  it("is healed by a test that is acknowledged, and gets everything", async () => {
    crms.answers("one", () => new Response("down", { status: 503 }));
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    await becomes("breaker_open");
    crms.answers("one", () => new Response("up"));
    moveClock(INTERVAL_MS);
    expect(await operator.test("one")).toMatchObject({ outcome: "delivered" });
    expect(await operator.look("one")).toMatchObject({ state: "open", reason: null });
    await relay.catchUp(CUSTOMERS);
    expect(await operator.look("one")).toMatchObject({ state: "open", customers_behind: 0 });
  });
});

describe("a paused destination", () => {
  it("stays paused, whatever a test says, and gets only the samples", async () => {
    await operator.pause("one");
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    moveClock(INTERVAL_MS);
    expect(await operator.test("one")).toMatchObject({ outcome: "delivered" });
    crms.answers("one", () => new Response("no", { status: 401 }));
    expect(await operator.test("one")).toMatchObject({ outcome: "held" });
    await relay.ringAll();
    await scheduler.wait(100);
    expect((await operator.look("one")).state).toBe("paused");
    expect(crms.events("one").map(({ data }) => data.customer_id)).toEqual([SAMPLE, SAMPLE]);
    await relay.stand("ann", "held", ["one"]);
  });
});

async function becomes(state: string): Promise<void> {
  await eventually(async () => {
    const found = (await operator.look("one")).state;
    if (found !== state) throw new Error(`expected ${state}, found ${found}`);
  });
}
