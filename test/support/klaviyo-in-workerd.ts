// Klaviyo for tests inside workerd: it stands where `fetch` was. A relay that imports by jobs speaks to it.
import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import type { Job } from "../../src/gate/jobs.ts";
import { GateStore } from "../../src/gate/store.ts";
import { KLAVIYO_URL } from "./bindings.ts";
import { FakeKlaviyo } from "./crms/klaviyo.ts";
import { eventually } from "./eventually.ts";
import { OperatorClient } from "./operator.ts";
import { update } from "./relay-client.ts";
import { moveClock, relay } from "./relay-in-workerd.ts";

export const KLAVIYO = "klaviyo";
const TIMEOUT_MS = 60_000;
const HOUR_MS = 60 * 60 * 1000;
/** No call for so long, and nobody has anything more to say. */
const QUIET_MS = 50;

/** The gate of the destination. */
export const klaviyosGate = () => env.GATES.getByName(KLAVIYO);

/** Klaviyo, and what a test does with it. */
export class KlaviyoInWorkerd {
  vendor = new FakeKlaviyo();
  readonly operator = new OperatorClient(relay);
  #lastCallAt = 0;

  /** Takes the place of `fetch`. */
  open(): void {
    this.vendor = new FakeKlaviyo();
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      const { origin, pathname: path, searchParams: query } = new URL(request.url);
      if (origin !== KLAVIYO_URL) throw new Error(`nobody is at ${request.url}`);
      this.#lastCallAt = performance.now();
      const headers = Object.fromEntries(request.headers);
      const { method } = request;
      const body = await request.text();
      const answer = this.vendor.answer({ method, path, query, headers, body });
      return Response.json(answer.body ?? {}, { status: answer.status });
    });
  }

  /** Waits until nobody has called for a while, so that nothing runs on into the next test. */
  async close(): Promise<void> {
    while (performance.now() - this.#lastCallAt < QUIET_MS) await scheduler.wait(QUIET_MS);
  }

  /** Brings customers' updates into one job; its id. From then on alarms ring only when they are told to. */
  async intoJob(customers: readonly string[], step: number): Promise<string> {
    moveClock(HOUR_MS);
    await this.operator.pause(KLAVIYO);
    for (const customer of customers) await relay.accept(updateOf(customer, step));
    await this.isHeld(customers);
    await this.operator.resume(KLAVIYO);
    await relay.catchUp(customers);
    const id = `job-${this.vendor.jobs.size}`;
    if (this.job(id).total !== customers.length) throw new Error("they went into several jobs");
    return id;
  }

  /** Lets alarms ring until customers wait for the gate. */
  async isHeld(customers: readonly string[]): Promise<void> {
    await eventually(async () => {
      await relay.ringAll();
      for (const customer of customers) await relay.stand(customer, "held", [KLAVIYO]);
    });
  }

  /** A job as Klaviyo has it. */
  job(id: string) {
    const job = this.vendor.jobs.get(id);
    if (job === undefined) throw new Error(`there is no ${id}`);
    return job;
  }

  /** How often a job was asked for. */
  asked(id: string): number {
    return this.vendor.calls.filter(({ request }) => request.path.endsWith(`/${id}`)).length;
  }

  /** Rings the gate's alarm, and waits until a job was asked for so often, and nobody is at it any more. */
  async isAsked(id: string, times: number): Promise<void> {
    await runDurableObjectAlarm(klaviyosGate());
    await eventually(async () => {
      if (this.asked(id) !== times) throw new Error(`${id} was asked for ${this.asked(id)} times`);
      if (await isLent(id)) throw new Error(`${id} is still being asked for`);
    });
  }
}

/** A job as the gate keeps it; `null` when it does not. */
export async function jobAtGate(id: string): Promise<Job | null> {
  return runInDurableObject(klaviyosGate(), (_, { storage }) => new GateStore(storage).readJob(id));
}

/** When the gate's alarm is to ring (ms of Unix time); `null` when it is not. */
export async function alarmAtGate(): Promise<number | null> {
  return runInDurableObject(klaviyosGate(), async (_, { storage }) => storage.getAlarm());
}

/** Whether somebody has a job in hand: no other wait is so long. */
async function isLent(id: string): Promise<boolean> {
  const waitMs = ((await jobAtGate(id))?.askAt ?? 0) - Date.now();
  return waitMs > 45_000 && waitMs <= 60_000;
}

/** A customer's address. */
export const emailOf = (customer: string): string => `${customer}@example.com`;

/** A customer's update number `step`, with an address of its own. */
export const updateOf = (customer: string, step: number) =>
  update(customer, step, { email: emailOf(customer) });

/** All that a gate has stored, as text. */
export async function storedAtGate(): Promise<string> {
  return runInDurableObject(klaviyosGate(), (_, { storage }) => {
    const sql =
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'";
    const tables = storage.sql.exec<{ name: string }>(sql).toArray();
    const rows = tables.map(({ name }) => storage.sql.exec(`SELECT * FROM ${name}`).toArray());
    return JSON.stringify([tables, rows, [...storage.kv.list()]]);
  });
}

/** Gives every test of a file a Klaviyo of its own, and a relay that has stored nothing. */
export function withKlaviyo(): KlaviyoInWorkerd {
  vi.setConfig({ testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });
  const klaviyo = new KlaviyoInWorkerd();
  beforeEach(() => {
    klaviyo.open();
  });
  afterEach(async () => {
    await klaviyo.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
    await reset();
  });
  return klaviyo;
}
