// The gate as the relay reaches it: one Durable Object for each destination, what outlives it, what it
// writes, and whom it alerts.
import {
  abortAllDurableObjects,
  evictDurableObject,
  reset,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallReport } from "../../src/gate/call.ts";
import { PAUSE_POLL_MS, PAUSED } from "../../src/gate/rules.ts";
import { gateOf } from "../../src/gate/client.ts";
import { ALERT_URL } from "../support/bindings.ts";
import { answered, asProbe, busy, failed, refused, times } from "../support/gate.ts";
import { bindings, moveClock } from "../support/relay-in-workerd.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const stub = () => env.GATES.getByName("one");
const gate = (destination = "one") => gateOf(bindings, destination);
const breaks = () => gate().report(times(5, failed));

/** Lets the gate's probe out, once its wait is over, and reports it. */
async function probeWith(call: CallReport): Promise<void> {
  moveClock((await gate().admit(1)).waitMs);
  expect(await gate().admit(1)).toMatchObject({ granted: 1, isProbe: true });
  await gate().report([asProbe(call)]);
}

/** Counts from now on the rows written, those of its key-value pairs too. */
async function startCounting(): Promise<() => number> {
  const [exec, put] = await runInDurableObject(stub(), (_, { storage }) => [
    vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
    vi.spyOn(Object.getPrototypeOf(storage.kv) as SyncKvStorage, "put"),
  ]);
  return () =>
    exec.mock.results.reduce(
      (sum, { value }) => sum + (value as ReturnType<SqlStorage["exec"]>).rowsWritten,
      put.mock.calls.length,
    );
}

/** The types of the alerts that were sent so far. */
function alerts(): string[] {
  return vi.mocked(fetch).mock.calls.map(([url, init]) => {
    expect(url).toBe(ALERT_URL);
    const { type, data } = JSON.parse(init?.body as string) as {
      type: string;
      data: { destination: string };
    };
    expect(data.destination).toBe("one");
    return type;
  });
}

beforeEach(() => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("ok"));
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

describe("a destination's gate", () => {
  it("grants the configured rate, to all consumers together", async () => {
    const [first, second] = await Promise.all([gate().admit(60), gate().admit(60)]);
    expect(first.granted + second.granted).toBe(100);
    expect(second).toMatchObject({ granted: 40, reason: null });
  });

  it("knows nothing of other gates", async () => {
    await gate().admit(100);
    await gate().report([refused]);
    expect(await gate("many").admit(100)).toMatchObject({ granted: 100, waitMs: 0, reason: null });
  });

  it("lets nobody through to a destination that is not configured", async () => {
    expect(await gate("gone").admit(1)).toMatchObject({ granted: 0, reason: "is not configured" });
  });

  it("is forgotten with its destination, and only with it", async () => {
    for (const id of ["gone", "one"]) {
      await gate(id).report(times(4, failed));
      await gate(id).pause();
      await gate(id).forget();
    }
    const view = await gate("gone").view();
    expect(view).toMatchObject({ state: "open", rates: { last_60_minutes: { calls: 0 } } });
    expect(view.last_errors).toEqual([]);
    expect(await gate("one").view()).toMatchObject({ state: "paused" });
    await evictDurableObject(env.GATES.getByName("gone"));
    expect((await gate("gone").view()).state).toBe("open");
  });

  it("tells whoever reports how long everybody waits", async () => {
    const wait = await gate().report([busy(MINUTE_MS)]);
    expect(wait).toEqual({ waitMs: MINUTE_MS, reason: "the destination asked to wait" });
    expect((await gate().admit(1)).granted).toBe(0);
  });

  it("is open for whoever reports an answer", async () => {
    expect(await gate().report([answered])).toEqual({ waitMs: 0, reason: null });
  });

  it("opens its breaker by what several consumers report", async () => {
    for (let index = 0; index < 4; index += 1) {
      expect((await gate().report([failed])).reason).toBeNull();
    }
    expect((await gate().report([failed])).reason).toContain("5 calls in a row failed");
  });

  it("is paused and resumed", async () => {
    await gate().pause();
    expect(await gate().admit(1)).toMatchObject({ waitMs: PAUSE_POLL_MS, reason: PAUSED });
    await gate().resume();
    expect((await gate().admit(1)).granted).toBe(1);
  });
});

// Aborted where an alert was sent: an eviction would wait for its timeout.
describe("a gate whose object is lost and comes back", () => {
  it("stays closed", async () => {
    await gate().report([refused]);
    await abortAllDurableObjects();
    expect(await gate().admit(1)).toMatchObject({ granted: 0, reason: refused.error });
  });

  it("stays open", async () => {
    await gate().report([refused]);
    await gate().resume();
    await abortAllDurableObjects();
    expect((await gate().admit(1)).granted).toBe(1);
  });

  it("stays paused", async () => {
    await gate().pause();
    await evictDurableObject(stub());
    expect(await gate().admit(1)).toMatchObject({ granted: 0, reason: PAUSED });
  });

  it("goes on counting failures in a row", async () => {
    await gate().report(times(4, failed));
    await evictDurableObject(stub());
    expect((await gate().report([failed])).reason).toContain("5 calls in a row failed");
  });

  it("does not send a second probe", async () => {
    await gate().report([refused]);
    moveClock(MINUTE_MS);
    expect((await gate().admit(1)).granted).toBe(1);
    await abortAllDurableObjects();
    expect(await gate().admit(1)).toMatchObject({ granted: 0, waitMs: 5_000 });
  });

  it("stays paused where it cannot read the rest, or only a time that nobody can tell", async () => {
    await gate().pause();
    await runInDurableObject(stub(), (_, { storage }) => {
      const latch = storage.kv.get<object>("latch");
      storage.kv.put("latch", { ...latch, breaker: { failures: "many" }, askedUntil: 1e300 });
    });
    await evictDurableObject(stub());
    expect(await gate().view()).toMatchObject({ state: "paused", next_attempt_at: null });
    await gate().resume();
    expect((await gate().admit(1)).granted).toBe(1);
  });

  it("is open where it cannot read what it stored", async () => {
    await gate().report([refused]);
    await runInDurableObject(stub(), (_, { storage }) => storage.kv.put("latch", { held: true }));
    await abortAllDurableObjects();
    expect((await gate().admit(1)).granted).toBe(1);
  });
});

describe("a gate's view", () => {
  it("of a gate that nobody used is open and empty", async () => {
    expect(await gate().view()).toMatchObject({
      state: "open",
      rates: { last_5_minutes: { calls: 0, success_rate: null } },
      last_errors: [],
    });
  });

  it("has the figures of the last minutes, the newest errors first, and outlives its object", async () => {
    await gate().report([...times(9, answered), { ...failed, error: "HTTP 503: first" }]);
    moveClock(10 * MINUTE_MS);
    await gate().report([answered, { ...failed, error: "HTTP 503: second" }]);
    await evictDurableObject(stub());
    const { state, rates, last_errors: errors } = await gate().view();
    expect(state).toBe("open");
    expect(rates.last_5_minutes).toMatchObject({ calls: 2, deliveries: 2, success_rate: 0.5 });
    expect(rates.last_60_minutes).toMatchObject({ calls: 12, deliveries: 12, succeeded: 10 });
    expect(rates.last_60_minutes.latency_p50_ms).toBeGreaterThanOrEqual(18);
    expect(errors.map(({ error }) => error)).toEqual(["HTTP 503: second", "HTTP 503: first"]);
    expect(errors[0]).toMatchObject({ status: 503, deliveries: 1 });
    expect(Date.parse(errors[0]?.at ?? "")).toBe(Date.now());
  });

  it("keeps the 50 latest errors", async () => {
    const numbered = Array.from({ length: 60 }, (_, index) => ({ ...answered, error: `${index}` }));
    await gate().report(numbered.slice(0, 30));
    await gate().report(numbered.slice(30));
    const errors = (await gate().view()).last_errors.map(({ error }) => Number(error));
    expect(errors).toEqual(Array.from({ length: 50 }, (_, index) => 59 - index));
  });
});

describe("what a gate writes", () => {
  it("is one row for each report that says that all is well", async () => {
    await gate().report([answered]);
    const written = await startCounting();
    for (let index = 0; index < 10; index += 1) await gate().report(times(20, answered));
    expect(written()).toBe(10);
  });

  it("is nothing for an admission, unless it is a probe's", async () => {
    await gate().report([refused]);
    const written = await startCounting();
    await gate().admit(1);
    expect(written()).toBe(0);
    moveClock(MINUTE_MS);
    await gate().admit(1);
    expect(written()).toBe(1);
  });

  it("is what an operator did, once", async () => {
    await gate().report([answered]);
    const written = await startCounting();
    await gate().pause();
    await gate().pause();
    expect(written()).toBe(1);
  });
});

describe("an operator is alerted", () => {
  it("once when the breaker opens, however many probes fail, and once when it closes", async () => {
    await breaks();
    await probeWith(failed);
    await probeWith(failed);
    expect(alerts()).toEqual(["relay.breaker_opened"]);
    await probeWith(answered);
    expect(alerts()).toEqual(["relay.breaker_opened", "relay.recovered"]);
  });

  it("when a destination is held, and when it is well again", async () => {
    await gate().report([refused, refused]);
    await probeWith(answered);
    await gate().report(times(3, answered));
    expect(alerts()).toEqual(["relay.held", "relay.recovered"]);
  });

  it("of nothing that an operator did, only of what came of it", async () => {
    await gate().report([refused]);
    await gate().pause();
    await gate().resume();
    expect(alerts()).toEqual(["relay.held"]);
    await abortAllDurableObjects();
    await gate().report([answered]);
    expect(alerts()).toEqual(["relay.held", "relay.recovered"]);
  });

  it("of the first dead letter within an hour", async () => {
    await gate().deadLettered("HTTP 422");
    await gate().deadLettered("HTTP 422");
    await abortAllDurableObjects();
    moveClock(HOUR_MS - MINUTE_MS);
    await gate().deadLettered("HTTP 422");
    expect(alerts()).toEqual(["relay.dead_letter"]);
    moveClock(MINUTE_MS);
    await gate().deadLettered("HTTP 422");
    expect(alerts()).toHaveLength(2);
  });

  it("of a backlog once, until it is gone", async () => {
    const old = Date.now() - 16 * MINUTE_MS;
    await gate().backlog(old, 7);
    await abortAllDurableObjects();
    await gate().backlog(old, 8);
    expect(alerts()).toEqual(["relay.backlog"]);
    await gate().backlog(null, 0);
    await gate().backlog(old, 9);
    expect(alerts()).toEqual(["relay.backlog", "relay.backlog"]);
  });

  it("behind everybody's back, whatever becomes of the alert", async () => {
    vi.mocked(fetch).mockImplementation(async () => new Promise(() => undefined));
    expect((await breaks()).waitMs).toBe(30_000);
    vi.mocked(fetch).mockRejectedValue(new Error("no network"));
    await gate().deadLettered("HTTP 422");
    expect(alerts()).toEqual(["relay.breaker_opened", "relay.dead_letter"]);
  });
});
