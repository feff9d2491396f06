// Gameball under load, and whoever looks profiles up.
import { setTimeout as sleep } from "node:timers/promises";
import { API_TOKEN } from "../support/bindings.ts";
import { nowMs } from "./clock.ts";
import type { Newest } from "./crms/protocol.ts";
import { Link, requestBytes } from "./link.ts";
import type { Update } from "./updates.ts";

const OCCURRED_AT = /"occurred_at":"([^"]*)"/;
const POLL_MS = 5;

/** How a webhook was answered. Times are those of `nowMs`. */
export interface Answer {
  readonly update: Update;
  /** The HTTP status, or an error's message where there was none. */
  readonly status: number | string;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Whether whoever answered took it on itself to deliver the update. */
export function isAccepted({ status }: Answer): boolean {
  return typeof status === "number" && status >= 200 && status < 300;
}

/** Sends as fast as answers come, over so many connections (a closed loop). Answers are in no order. */
export async function flood(
  origin: URL,
  updates: readonly Update[],
  connections: number,
  signal: AbortSignal,
): Promise<Answer[]> {
  const ready = updates.map((update) => ({ update, request: webhookBytes(origin, update) }));
  return overLinks(origin, ready, connections, signal, async ({ update, request }, link) =>
    send(link, update, request),
  );
}

/** Sends `rate` a second, evenly spaced, whether or not answers come (an open loop). */
export async function pace(
  origin: URL,
  updates: readonly Update[],
  rate: number,
  signal: AbortSignal,
): Promise<Answer[]> {
  const idle: Link[] = [];
  const startedAt = nowMs();
  const answers: Promise<Answer>[] = [];
  for (const [index, update] of updates.entries()) {
    const waitMs = startedAt + (index * 1000) / rate - nowMs();
    if (waitMs > 0) await sleep(waitMs, null, { signal });
    const link = idle.pop() ?? new Link(origin);
    const answer = send(link, update, webhookBytes(origin, update));
    answers.push(answer.finally(() => idle.push(link)));
  }
  const all = await Promise.all(answers);
  for (const link of idle) link.close();
  return all;
}

/** What looking customers up came to. */
export interface Lookup {
  /** Whether already the first look at each was as expected. */
  readonly wasCurrent: boolean;
  /** When the last round of looks began (`nowMs`). */
  readonly sinceMs: number;
  /** Customers who still were not as expected in the last round. */
  readonly behind: number;
}

/** Waits until all customers can be looked up as they are expected, or until so many ms have passed. */
export async function lookUpAll(
  origin: URL,
  expected: Newest,
  { connections, patienceMs }: { readonly connections: number; readonly patienceMs: number },
  signal: AbortSignal,
): Promise<Lookup> {
  const startedAt = nowMs();
  let sinceMs = startedAt;
  let waiting = [...expected];
  for (let round = 1; ; round += 1) {
    const looks = await overLinks(origin, waiting, connections, signal, async ([id, at], link) => {
      const { body } = await link.exchange(lookupBytes(origin, id));
      return { id, at, isCurrent: OCCURRED_AT.exec(body)?.[1] === at };
    });
    waiting = looks.filter(({ isCurrent }) => !isCurrent).map(({ id, at }) => [id, at]);
    if (waiting.length === 0 || nowMs() - startedAt > patienceMs)
      return { wasCurrent: round === 1, sinceMs, behind: waiting.length };
    await sleep(POLL_MS, null, { signal });
    sinceMs = nowMs();
  }
}

/** Does something with each of the items, each connection with one at a time. */
async function overLinks<Item, Done>(
  origin: URL,
  items: readonly Item[],
  connections: number,
  signal: AbortSignal,
  work: (item: Item, link: Link) => Promise<Done>,
): Promise<Done[]> {
  const queue = items.values();
  const workers = Array.from({ length: Math.min(connections, items.length) }, async () => {
    const link = new Link(origin);
    const done: Done[] = [];
    try {
      for (const item of queue) {
        signal.throwIfAborted();
        done.push(await work(item, link));
      }
      return done;
    } finally {
      link.close();
    }
  });
  return (await Promise.all(workers)).flat();
}

async function send(link: Link, update: Update, request: Buffer): Promise<Answer> {
  const sentAt = nowMs();
  const status = await link.exchange(request).then(
    (reply) => reply.status,
    (error: unknown) => (error instanceof Error ? error.message : "no answer"),
  );
  return { update, status, sentAt, answeredAt: nowMs() };
}

function webhookBytes(origin: URL, { body, signature }: Update): Buffer {
  const headers = {
    "content-type": "application/json",
    "x-gb-signature": signature,
    "x-gb-webhook-version": "v4",
  };
  return requestBytes("POST", new URL("/webhooks/gameball", origin), headers, body);
}

function lookupBytes(origin: URL, customerId: string): Buffer {
  const url = new URL(`/v1/profiles/${encodeURIComponent(customerId)}`, origin);
  return requestBytes("GET", url, { authorization: `Bearer ${API_TOKEN}` });
}
