// Updates at a pace, on a clock that is set by hand, so that every run counts the same. Real: the Worker, the
// ledger and the gates with their SQLite, the consumer, KV. Modelled: the clock; when alarms ring; the queue,
// which hands all doorbells of a moment to one run; CRMs, which answer after so long by that clock.
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import { consume } from "../../src/delivery/consumer.ts";
import type { Env } from "../../src/env.ts";
import { costBindings } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { Clock } from "./clock.ts";
import { startCounting } from "./counting.ts";
import type { Counts } from "./prices.ts";
import { UnderWay } from "./under-way.ts";

/** Updates, and how they come. Times are in ms. */
export interface Load {
  readonly name: string;
  readonly updates: number;
  readonly customers: number;
  /** From one update to the next. */
  readonly everyMs: number;
  /** From one look for alarms that are due, and one run of the consumer, to the next; 0: at each alarm. */
  readonly roundMs: number;
  /** How long each of the three CRMs takes over an answer. */
  readonly answerMs: readonly [number, number, number];
}

/** Far ahead, so that the platform's own clock rings no alarm. */
const START_MS = Date.parse("2040-01-01T00:00:00Z");
const PARTITIONS = 16;
/** Customers who bring every partition to life before anything is counted. */
const WARM_UP = 100;
const QUEUE = "gameball-relay-deliveries";

/**
 * Counts what a load uses, in a relay that has stored nothing. Ends with `signal`: what went on after its test had
 * run out of time would take place on the clock of the next.
 */
export async function countLoad(load: Load, signal: AbortSignal): Promise<Counts> {
  const { updates, customers, everyMs, roundMs, answerMs } = load;
  const model = new Model(answerMs, signal);
  await model.count();
  for (let index = 0; index < WARM_UP; index += 1) await model.send(`warm-up-${index}`);
  await model.drain(roundMs);

  const count = await model.count();
  let roundAt = model.now + roundMs;
  let nextAt = model.now;
  for (let index = 0; index < updates; index += 1) {
    await model.advance(nextAt);
    await model.send(`customer-${index % customers}`);
    nextAt += everyMs;
    if (roundMs === 0) await model.drain(0);
    else if (nextAt >= roundAt) {
      await model.advance(roundAt);
      await model.round();
      roundAt += roundMs;
    }
    nextAt = Math.max(nextAt, model.now);
  }
  await model.drain(roundMs);
  return count();
}

/** The relay, its queue, its CRMs and the clock. */
class Model {
  readonly #doorbells: unknown[] = [];
  readonly #clock = new Clock(START_MS);
  readonly #underWay = new UnderWay();
  readonly #answerMs: ReadonlyMap<string, number>;
  /** Runs of the consumer that have not ended, with all that goes on behind them. */
  readonly #running = new Set<Promise<void>>();
  readonly #signal: AbortSignal;
  #runs = 0;

  constructor(answerMs: readonly number[], signal: AbortSignal) {
    this.#signal = signal;
    const hosts = costBindings.DESTINATIONS.map(({ url }) => new URL(url).host);
    this.#answerMs = new Map(hosts.map((host, index) => [host, answerMs[index] ?? 0]));
  }

  get now(): number {
    return this.#clock.now;
  }

  /** Counts from now on; the function it gives reads the counts. */
  async count(): Promise<() => Counts> {
    const read = await startCounting(async (url) => {
      await this.#clock.wait(this.#answerMs.get(url.host) ?? 0);
      return new Response("ok");
    });
    this.#runs = 0;
    const wait = async (ms: number): Promise<void> => this.#clock.wait(ms);
    vi.spyOn(Object.getPrototypeOf(scheduler) as Scheduler, "wait").mockImplementation(wait);
    const keep = async (batch: Iterable<MessageSendRequest>): Promise<void> => {
      this.#doorbells.push(...[...batch].map(({ body }) => body));
    };
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    vi.spyOn(queue, "sendBatch").mockImplementation(keep as unknown as Queue["sendBatch"]);
    return () => ({ ...read(), "consumer runs": this.#runs });
  }

  /** Sets the clock; what runs meanwhile does what it does by then. */
  async advance(time: number): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#clock.advance(time, async () => this.#underWay.end());
  }

  async send(customer_id: string): Promise<void> {
    const created_at = new Date().toISOString();
    const email = `${customer_id}@example.com`;
    const sample = sampleWebhook({ customer_id, created_at });
    const body = JSON.stringify({ ...sample, data: { ...sample.data, email } });
    const headers = { "x-gb-signature": await signBody(body) };
    const init = { method: "POST", headers, body };
    const response = await exports.default.fetch("https://relay.test/webhooks/gameball", init);
    if (response.status !== 202) throw new Error(`a webhook was answered ${response.status}`);
    await response.body?.cancel();
  }

  /** Rings the alarms that are due, and lets one run of the consumer answer all that rang. */
  async round(): Promise<void> {
    for (const [partition, at] of await this.#alarms()) {
      if (at <= this.now) await runDurableObjectAlarm(env.LEDGER.getByName(String(partition)));
    }
    await this.#consume();
  }

  /**
   * Sets the clock forward, to what rang already and then until there is nothing to do any more, but in steps of a
   * round at least.
   */
  async drain(roundMs: number): Promise<void> {
    for (;;) {
      const times = (await this.#alarms()).map(([, at]) => at);
      if (this.#clock.next !== null) times.push(this.#clock.next);
      if (this.#doorbells.length > 0) times.push(this.now);
      if (times.length === 0) return;
      await this.advance(Math.max(this.now + roundMs, Math.min(...times)));
      await this.round();
    }
  }

  async #alarms(): Promise<readonly (readonly [number, number])[]> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    const alarms = await Promise.all(
      partitions.map(async (partition) => {
        const ledger = env.LEDGER.getByName(String(partition));
        const at = await runInDurableObject(ledger, async (_, { storage }) => storage.getAlarm());
        return at === null ? [] : [[partition, at] as const];
      }),
    );
    return alarms.flat();
  }

  async #consume(): Promise<void> {
    if (this.#doorbells.length === 0) return;
    this.#runs += 1;
    const messages = this.#doorbells.splice(0).map((body, index) => {
      return { id: String(index), timestamp: new Date(), attempts: 1, body };
    });
    const run = this.#run(messages).finally(() => this.#running.delete(run));
    this.#running.add(run);
    await this.#underWay.end();
    // It waits for nothing but answers, and for how long it may: once all have ended, nobody does.
    if (this.#running.size === 0) this.#clock.clear();
  }

  /** One run of the consumer, to the end of what goes on behind it. */
  async #run(messages: Parameters<typeof createMessageBatch>[1]): Promise<void> {
    const batch = createMessageBatch(QUEUE, messages);
    const context = createExecutionContext();
    const watched = {
      ...env,
      LEDGER: this.#underWay.watchObjects(env.LEDGER),
      GATES: this.#underWay.watchObjects(env.GATES),
      PROFILES: this.#underWay.watch(env.PROFILES),
    };
    await consume(batch, watched as unknown as Env, context);
    const { explicitAcks } = await getQueueResult(batch, context);
    if (explicitAcks.length !== messages.length) throw new Error("a doorbell was not answered");
  }
}
