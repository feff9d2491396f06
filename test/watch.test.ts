// The cron's look at the backlogs: one alert for each, and not a question where nobody asked for alerts.
import {
  createExecutionContext,
  createScheduledController,
  waitOnExecutionContext,
} from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../src/env.ts";
import worker from "../src/index.ts";
import { eventually } from "./support/eventually.ts";
import { OperatorClient } from "./support/operator.ts";
import { update } from "./support/relay-client.ts";
import { bindings, moveClock, relay, withRelay } from "./support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;

/** The cron runs once. */
async function runCron(changes: Partial<Env> = {}): Promise<void> {
  const context = createExecutionContext();
  const controller = createScheduledController({ cron: "*/5 * * * *" });
  await worker.scheduled(controller, { ...bindings, ...changes });
  await waitOnExecutionContext(context);
  // Alerts are sent behind everybody's back.
  await scheduler.wait(50);
}

const backlogs = () => crms.alerts("relay.backlog").map(({ data }) => data);

async function failed(customer: string, attempts: number): Promise<void> {
  await eventually(async () => {
    expect((await relay.standing(customer, "one")).attempts).toBeGreaterThanOrEqual(attempts);
  });
}

// Two customers are behind at one CRM.
beforeEach(async () => {
  crms.answers("one", () => new Response("down", { status: 503 }));
  for (const customer of ["ann", "bob"]) await relay.accept(update(customer, 1));
  for (const customer of ["ann", "bob"]) {
    await failed(customer, 1);
    await relay.stands(customer, "synced", ["PROFILES", "many", "tiers"]);
  }
});

describe("the cron", () => {
  it("alerts once to a backlog older than 15 minutes, of the destination that is behind", async () => {
    const { behind_since } = await operator.look("one");
    moveClock(14 * MINUTE_MS);
    await runCron();
    expect(backlogs()).toEqual([]);
    moveClock(2 * MINUTE_MS);
    for (let run = 0; run < 3; run += 1) await runCron();
    const told = { destination: "one", oldest_since: behind_since, customers: 2 };
    expect(backlogs()).toEqual([{ ...told, text: expect.stringContaining("one is behind since") }]);
  });

  it("alerts again when there was none meanwhile", async () => {
    moveClock(16 * MINUTE_MS);
    await runCron();
    crms.answers("one", () => new Response("up"));
    await relay.catchUp(["ann", "bob"]);
    await runCron();
    expect(backlogs()).toHaveLength(1);

    crms.answers("one", () => new Response("down", { status: 503 }));
    moveClock(MINUTE_MS);
    await relay.accept(update("ann", 2));
    await relay.ringAll();
    await failed("ann", 1);
    await runCron();
    expect(backlogs()).toHaveLength(1);
    moveClock(16 * MINUTE_MS);
    await runCron();
    await runCron();
    expect(backlogs()).toHaveLength(2);
    expect(backlogs()[1]).toMatchObject({ destination: "one", customers: 1 });
  });

  it("alerts to what a paused destination waits for, too", async () => {
    await operator.pause("many");
    await relay.accept(update("cid", 1));
    await relay.stands("cid", "held", ["many"]);
    moveClock(16 * MINUTE_MS);
    await runCron();
    const destinations = backlogs().map(({ destination }) => destination);
    expect(new Set(destinations)).toEqual(new Set(["many", "one"]));
    expect(destinations).toHaveLength(2);
  });

  it("wakes all partitions, and tells no gate where no alerts are configured", async () => {
    const survey = vi.fn(async () => new Map());
    const LEDGER = { getByName: () => ({ survey }) } as unknown as Env["LEDGER"];
    const getByName = vi.fn<Env["GATES"]["getByName"]>();
    await runCron({ ALERT_URL: "", LEDGER, GATES: { getByName } as unknown as Env["GATES"] });
    expect(survey).toHaveBeenCalledTimes(16);
    expect(getByName).not.toHaveBeenCalled();
  });

  it("asks nobody while the configuration is wrong", async () => {
    const getByName = vi.fn<Env["LEDGER"]["getByName"]>();
    const LEDGER = { getByName } as unknown as Env["LEDGER"];
    for (const changes of [{ API_TOKEN: "" }, { DESTINATIONS: "[" }]) {
      await runCron({ ...changes, LEDGER });
    }
    expect(getByName).not.toHaveBeenCalled();
  });

  it("survives a ledger, or a gate, that is out of reach, and says so in the log", async () => {
    const out = { getByName: () => ({ survey: lost, backlog: lost }) };
    const log = vi.spyOn(console, "log");
    await runCron({ LEDGER: out as unknown as Env["LEDGER"] });
    await runCron({ GATES: out as unknown as Env["GATES"] });
    const lines = log.mock.calls.map(([line]) => String(line));
    expect(lines.filter((line) => line.includes('"watch.failed"'))).toHaveLength(2);
  });
});

/** A method of a Durable Object that is out of reach. */
async function lost(): Promise<never> {
  throw new Error("Network connection lost");
}
