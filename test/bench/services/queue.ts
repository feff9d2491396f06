// A queue in memory, as far as the benchmarks' Workers use it: it takes what workerd makes of `send` and
// `sendBatch`, hands batches to the consumer, and retries what was not acknowledged. It is not durable, and it
// forgets everything with its process; Cloudflare's is, and does not.
import { DurableObject } from "cloudflare:workers";

/**
 * Batches that are with the consumer at a time, at most. As on Cloudflare it is one at first, and after each
 * batch one more where the backlog has grown, or one less where there is none (Cloudflare docs, Queues, Consumer
 * concurrency).
 */
const MAX_RUNNING = 10;

interface Env {
  readonly BROKER: DurableObjectNamespace<Broker>;
  /** `null`: whatever is sent is dropped. */
  readonly CONSUMER: Consumer | null;
  readonly SETTINGS: {
    readonly name: string;
    readonly maxBatchSize: number;
    readonly maxBatchTimeout: number;
    readonly maxRetries: number;
  };
}

interface Consumer {
  queue(
    name: string,
    messages: readonly {
      readonly id: string;
      readonly timestamp: Date;
      readonly body: unknown;
      readonly attempts: number;
    }[],
  ): Promise<{
    readonly outcome: string;
    readonly retryBatch: { readonly retry: boolean; readonly delaySeconds?: number };
    readonly retryMessages: readonly { readonly msgId: string; readonly delaySeconds?: number }[];
  }>;
}

interface Message {
  readonly id: string;
  readonly timestamp: Date;
  readonly body: unknown;
  readonly attempts: number;
}

/** What `sendBatch` is turned into. Bodies are Base64 of JSON. */
interface Batch {
  readonly messages: readonly { readonly body: string; readonly delaySecs?: number }[];
}

const METRICS = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };

/** Holds the messages: only a Durable Object may go on with them after a request. */
export class Broker extends DurableObject<Env> {
  readonly #waiting: Message[] = [];
  #running = 0;
  #mayRun = 1;
  /** Messages that waited when a batch ended last. */
  #backlog = 0;
  #isStarting = false;

  override async fetch(request: Request): Promise<Response> {
    const isBatch = new URL(request.url).pathname === "/batch";
    const delay = Number(request.headers.get("x-msg-delay-secs") ?? 0);
    if (isBatch) {
      const { messages } = await request.json<Batch>();
      for (const { body, delaySecs } of messages) {
        const text = new TextDecoder().decode(Uint8Array.fromBase64(body));
        this.#take(JSON.parse(text), 1, delaySecs ?? delay);
      }
    } else this.#take(await request.json(), 1, delay);
    return Response.json(METRICS);
  }

  #take(body: unknown, attempts: number, delaySeconds: number): void {
    if (this.env.CONSUMER === null) return;
    const message = { id: crypto.randomUUID(), timestamp: new Date(), body, attempts };
    if (delaySeconds > 0) setTimeout(() => this.#add(message), delaySeconds * 1000);
    else this.#add(message);
  }

  #add(message: Message): void {
    this.#waiting.push(message);
    const { maxBatchSize, maxBatchTimeout } = this.env.SETTINGS;
    const delayMs = this.#waiting.length >= maxBatchSize ? 0 : maxBatchTimeout * 1000;
    if (this.#isStarting) return;
    this.#isStarting = true;
    setTimeout(() => this.#start(), delayMs);
  }

  #start(): void {
    this.#isStarting = false;
    while (this.#waiting.length > 0 && this.#running < this.#mayRun) void this.#run();
  }

  async #run(): Promise<void> {
    const { CONSUMER: consumer, SETTINGS } = this.env;
    const batch = this.#waiting.splice(0, SETTINGS.maxBatchSize);
    if (consumer === null) return;
    this.#running += 1;
    const ended = await consumer.queue(SETTINGS.name, batch).catch(() => null);
    this.#running -= 1;
    const retryAll = ended === null || ended.outcome !== "ok" || ended.retryBatch.retry;
    const retried = new Map(ended?.retryMessages.map((retry) => [retry.msgId, retry.delaySeconds]));
    for (const { id, body, attempts } of batch) {
      if (attempts > SETTINGS.maxRetries || !(retryAll || retried.has(id))) continue;
      const delay = retried.get(id) ?? ended?.retryBatch.delaySeconds ?? 0;
      this.#take(body, attempts + 1, delay);
    }
    this.#adjust();
    this.#start();
  }

  #adjust(): void {
    const backlog = this.#waiting.length;
    if (backlog > this.#backlog) this.#mayRun = Math.min(this.#mayRun + 1, MAX_RUNNING);
    if (backlog === 0) this.#mayRun = Math.max(this.#mayRun - 1, 1);
    this.#backlog = backlog;
  }
}

export default {
  async fetch(request, env) {
    return env.BROKER.getByName("broker").fetch(request);
  },
} satisfies ExportedHandler<Env>;
