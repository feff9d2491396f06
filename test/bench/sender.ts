// Gameball under load: webhooks that were signed beforehand, sent at a steady pace whether or not the
// relay keeps up (an open loop), over connections that stay open.
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { sampleWebhook, signBody } from "../support/gameball.ts";

const ANSWER_MS = 30_000;
const MAX_SOCKETS = 256;
const ACCEPTED = 202;

/** A signed webhook that only has to be sent. */
export interface SignedWebhook {
  readonly customerId: string;
  readonly body: Buffer;
  readonly signature: string;
}

/** How a webhook was answered. Times are in ms of `performance.now()`. */
export interface Answered {
  readonly customerId: string;
  /** The HTTP status, or the code of the error where there was none. */
  readonly status: number | string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** One update for each of `count` customers, who are named `prefix-0`, `prefix-1` … */
export async function signWebhooks(prefix: string, count: number): Promise<SignedWebhook[]> {
  const createdAt = new Date().toISOString();
  const webhooks = Array.from({ length: count }, async (_, index) => {
    const customerId = `${prefix}-${index}`;
    const webhook = sampleWebhook({ customer_id: customerId, created_at: createdAt });
    const body = Buffer.from(JSON.stringify(webhook));
    return { customerId, body, signature: await signBody(body) };
  });
  return Promise.all(webhooks);
}

/** Whether the relay took it on itself to deliver the update. */
export function isAccepted({ status }: Answered): boolean {
  return status === ACCEPTED;
}

/** Sends webhooks to a relay. */
export class Sender {
  readonly #url: string;
  readonly #signal: AbortSignal | undefined;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  /** `origin` is the relay's. */
  constructor(origin: URL, signal?: AbortSignal) {
    this.#url = new URL("/webhooks/gameball", origin).href;
    this.#signal = signal;
  }

  /** Sends `rate` webhooks a second, evenly spaced. Ends when all were answered; rejects on a signal. */
  async send(webhooks: readonly SignedWebhook[], rate: number): Promise<Answered[]> {
    const signal = this.#signal;
    const startedAt = performance.now();
    const answers: Promise<Answered>[] = [];
    for (const [index, webhook] of webhooks.entries()) {
      const waitMs = startedAt + (index * 1000) / rate - performance.now();
      if (waitMs > 0) await sleep(waitMs, null, signal && { signal });
      answers.push(this.#send(webhook));
    }
    return Promise.all(answers);
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #send({ customerId, body, signature }: SignedWebhook): Promise<Answered> {
    const { promise, resolve } = Promise.withResolvers<number | string>();
    const sentAt = performance.now();
    const headers = {
      "content-type": "application/json",
      "content-length": body.byteLength,
      "x-gb-signature": signature,
      "x-gb-webhook-version": "v4",
    };
    const options = { method: "POST", agent: this.#agent, headers, timeout: ANSWER_MS };
    const outgoing = request(this.#url, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.end(body);
    const status = await promise;
    return { customerId, status, sentAt, answeredAt: performance.now() };
  }
}
