// A CRM that is not well, through the real consumer: it is left alone within one batch, asked by single
// calls, and gets everything once it is well; and an operator who pauses and resumes it.
import {
  createExecutionContext,
  createMessageBatch,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { consume } from "../../src/delivery/consumer.ts";
import { gateOf } from "../../src/gate/client.ts";
import { ledgerOf } from "../../src/ledger/client.ts";
import { update } from "../support/relay-client.ts";
import { bindings, moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const CUSTOMERS = Array.from({ length: 30 }, (_, index) => `customer-${index}`);
const PARTITIONS = Array.from({ length: 16 }, (_, partition) => partition);

const gate = () => gateOf(bindings, "one");

/** So much later all alarms ring, and one run of the consumer answers them together. */
async function runLater(ms: number): Promise<void> {
  moveClock(ms);
  await relay.ringAll();
  const messages = PARTITIONS.map((partition) => ({
    id: String(partition),
    timestamp: new Date(),
    attempts: 1,
    body: { partition },
  }));
  const context = createExecutionContext();
  await consume(createMessageBatch("gameball-relay-deliveries", messages), bindings, context);
  await waitOnExecutionContext(context);
}

/** How many calls the CRM gets by some work. */
async function callsBy(work: Promise<void>): Promise<number> {
  const before = crms.calls("one").length;
  await work;
  return crms.calls("one").length - before;
}

async function allStand(state: string): Promise<void> {
  for (const customer of CUSTOMERS) await relay.stands(customer, state, ["one"]);
}

/** As many runs as it takes until the CRM has everything. */
async function catchUp(): Promise<void> {
  for (let runs = 0; runs < 5; runs += 1) await runLater(0);
  await allStand("synced");
}

/** The operator resumes the CRM, and the ledger hears of it. */
async function resume(): Promise<void> {
  await gate().resume();
  for (const partition of PARTITIONS) await ledgerOf(bindings, partition).open("one");
}

// All customers wait for the CRM, and nobody calls it but the runs of a test.
beforeEach(async () => {
  await gate().pause();
  for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
  await allStand("held");
  vi.spyOn(Object.getPrototypeOf(env.DELIVERIES) as Queue, "sendBatch").mockResolvedValue({
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
  });
});

describe("a CRM that fails", () => {
  beforeEach(async () => {
    await resume();
    crms.answers("one", () => new Response("down", { status: 503 }));
  });

  it("is left alone after five calls, by the rest of the batch and by later ones", async () => {
    expect(await callsBy(runLater(15 * MINUTE_MS))).toBe(5);
    const standings = await Promise.all(CUSTOMERS.map((name) => relay.standing(name, "one")));
    expect(standings.filter(({ attempts }) => attempts > 0)).toHaveLength(5);
    expect(standings.filter(({ state }) => state === "held")).toHaveLength(25);
    expect(await callsBy(runLater(20 * SECOND_MS))).toBe(0);
    expect(await gate().view()).toMatchObject({
      state: "breaker_open",
      reason: "5 calls in a row failed: HTTP 503: down",
      rates: { last_5_minutes: { calls: 5, success_rate: 0 } },
    });
  });

  it("harms no other", async () => {
    await runLater(15 * MINUTE_MS);
    for (const customer of CUSTOMERS) {
      await relay.stands(customer, "synced", ["PROFILES", "many", "tiers"]);
    }
    expect(crms.events("many")).toHaveLength(CUSTOMERS.length);
  });

  it("is asked by one call for each wait, and gets everything with the first that is answered", async () => {
    await runLater(15 * MINUTE_MS);
    expect(await callsBy(runLater(31 * SECOND_MS))).toBe(1);
    expect(await callsBy(runLater(61 * SECOND_MS))).toBe(1);
    crms.answers("one", () => new Response("up"));
    moveClock(121 * SECOND_MS);
    expect(await callsBy(catchUp())).toBe(CUSTOMERS.length);
    expect(await gate().view()).toMatchObject({ state: "open", reason: null });
  });

  it("is asked again although the consumer died with the probe in its hands", async () => {
    await runLater(15 * MINUTE_MS);
    moveClock(31 * SECOND_MS);
    expect(await gate().admit(1)).toMatchObject({ granted: 1, isProbe: true });
    expect(await callsBy(runLater(0))).toBe(0);
    crms.answers("one", () => new Response("up"));
    moveClock(MINUTE_MS);
    expect(await callsBy(catchUp())).toBe(CUSTOMERS.length);
  });

  it("is tried at once when an operator resumes it", async () => {
    await runLater(15 * MINUTE_MS);
    await gate().resume();
    expect((await gate().admit(1)).granted).toBe(1);
  });
});

describe("a CRM that an operator paused", () => {
  it("gets nothing, and then all of it at once, the newest of each", async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 2));
    expect(await callsBy(runLater(15 * MINUTE_MS))).toBe(0);
    await allStand("held");
    expect((await gate().view()).state).toBe("paused");

    await resume();
    expect(await callsBy(runLater(0))).toBe(CUSTOMERS.length);
    await allStand("synced");
    const sequences = crms.events("one").map(({ data }) => data.sequence);
    expect(new Set(sequences)).toEqual(new Set([2]));
  });
});
