// The relay in the same workerd as its test: real KV, Queue and Durable Objects, no network.
import { reset, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import * as v from "valibot";
import { afterEach, beforeEach, vi } from "vitest";
import { app } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { ledgerOf, partitionOf } from "../../src/ledger/client.ts";
import { customerIdSchema, digestCustomerId } from "../../src/profile/customer-id.ts";
import { API_TOKEN } from "./bindings.ts";
import { CrmsInWorkerd } from "./crms-in-workerd.ts";
import { expectDescribed } from "./described.ts";
import { eventually } from "./eventually.ts";
import { signBody } from "./gameball.ts";
import { type Answer, RelayClient } from "./relay-client.ts";

const ORIGIN = "https://relay.test";
const WEBHOOKS = "/webhooks/gameball";
const PARTITIONS = 16;

class RelayInWorkerd extends RelayClient {
  override async ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await read(await this.fetch(path, init));
    expectDescribed(path, init, answer);
    return answer;
  }

  /** Any request, answered by the Worker. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return exports.default.fetch(ORIGIN + path, init);
  }

  /** Posts a body with its right signature, or with those headers instead. */
  async post(
    body: string | Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const signed = headers ?? { "x-gb-signature": await signBody(body) };
    return this.ask(WEBHOOKS, { method: "POST", headers: signed, body });
  }

  /** A `GET` with the API's token. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(path, { headers: { authorization: `Bearer ${API_TOKEN}`, ...headers } });
  }

  /** Rings the alarm of a customer's partition, whatever time it was set for; whether there was one. */
  async ring(customerId: string): Promise<boolean> {
    return runDurableObjectAlarm(env.LEDGER.getByName(String(await partitionNumber(customerId))));
  }

  /** Rings all alarms there are, whatever time they were set for. */
  async ringAll(): Promise<void> {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await runDurableObjectAlarm(env.LEDGER.getByName(String(partition)));
    }
  }

  /** Lets alarms ring until every destination is in step with some customers. */
  async catchUp(customerIds: readonly string[]): Promise<void> {
    await eventually(async () => {
      await this.ringAll();
      await scheduler.wait(20);
      for (const customerId of customerIds) await this.stand(customerId, "synced");
    });
  }

  /** Waits until every destination, or those named, are in a state. */
  async stands(customerId: string, state: string, only?: readonly string[]): Promise<void> {
    await eventually(async () => this.stand(customerId, state, only));
  }

  /** Fails unless every destination, or those named, are in a state. */
  async stand(customerId: string, state: string, only?: readonly string[]): Promise<void> {
    const standings = [...((await this.standings(customerId)) ?? new Map()).values()];
    const states = standings
      .filter(({ id }) => only === undefined || only.includes(id))
      .map((standing) => standing.state);
    if (states.length === 0 || states.some((other) => other !== state)) {
      throw new Error(`expected ${state}, found ${JSON.stringify(standings)}`);
    }
  }
}

/** The environment as the Worker is handed it. */
export const bindings = env as unknown as Env;

/** The relay under test. */
export const relay = new RelayInWorkerd();

/** The same relay, on the same storage, with some variables or bindings changed. */
export function relayWith(changes: Readonly<Record<string, unknown>>): RelayInWorkerd {
  const other = new RelayInWorkerd();
  other.fetch = async (path, init) => app.request(ORIGIN + path, init, { ...bindings, ...changes });
  return other;
}

/** Stands for any method of a Durable Object that is out of reach. */
export async function connectionLost(): Promise<never> {
  throw new Error("Network connection lost");
}

/** Reads an answer to its end, whoever gave it. */
export async function read(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = text !== "" && /json/.test(headers.get("content-type") ?? "");
  return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : null };
}

/** The number of a customer's partition. */
export async function partitionNumber(customerId: string): Promise<number> {
  return partitionOf(await digestCustomerId(v.parse(customerIdSchema, customerId)), PARTITIONS);
}

/** What the ledger itself holds of a customer. */
export async function inLedger(customerId: string) {
  const ledger = ledgerOf(bindings, await partitionNumber(customerId));
  return ledger.profile(v.parse(customerIdSchema, customerId));
}

/**
 * Moves the clock of relay and test forward. From then on alarms ring only by `relay.ring`, since the
 * platform's own clock is where it was.
 */
export function moveClock(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

/** Other work may slow the machine down; no test takes so long. */
const TIMEOUT_MS = 60_000;

/** Gives every test of a file CRMs of its own, and a relay that has stored nothing. */
export function withRelay(): CrmsInWorkerd {
  vi.setConfig({ testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });
  const crms = new CrmsInWorkerd();
  beforeEach(() => {
    crms.open();
  });
  afterEach(async () => {
    await crms.close();
    vi.useRealTimers();
    vi.restoreAllMocks();
    await reset();
  });
  return crms;
}
