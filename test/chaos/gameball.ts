// Gameball in a run: it sends each webhook at its time, and again until it is answered.
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { inParallel } from "../support/eventually.ts";
import type { Answer, RelayClient } from "../support/relay-client.ts";
import type { Answered } from "./history.ts";
import { type Schedule, webhookOf } from "./schedule.ts";

/** Webhooks under way at a time. */
const SENDERS = 32;
const AGAIN_MS = 500;
/** The relay was killed meanwhile, or begins just now; Gameball takes any other answer for the last. */
const UNAVAILABLE = 500;

const bodySchema = v.fallback(v.object({ outcome: v.string() }), { outcome: "" });

/** Sends webhooks, each at its time since `startedAt` (ms of Unix time); `answered` gets them in their order. */
export async function sendAll(
  webhooks: Schedule["webhooks"],
  relay: RelayClient,
  context: {
    readonly startedAt: number;
    readonly signal: AbortSignal;
    readonly answered: Answered[];
  },
): Promise<void> {
  const { startedAt, signal, answered } = context;
  await inParallel(webhooks, SENDERS, async ({ atMs, update }) => {
    await sleep(Math.max(0, startedAt + atMs - Date.now()), null, { signal });
    for (let sends = 1; ; sends += 1) {
      const answer = await sendOnce(relay, webhookOf(update));
      if (answer !== null && answer.status < UNAVAILABLE) {
        answered.push({ update, outcome: outcomeOf(answer), sends });
        return;
      }
      await sleep(AGAIN_MS, null, { signal });
    }
  });
}

/** The answer; `null` where there was none. */
async function sendOnce(relay: RelayClient, webhook: unknown): Promise<Answer | null> {
  try {
    return await relay.send(webhook);
  } catch (error) {
    // This is how `fetch` fails; that an answer is not as the API is described is another matter.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function outcomeOf({ status, body }: Answer): string {
  const { outcome } = v.parse(bodySchema, body);
  const isGood = status === (outcome === "accepted" ? 202 : 200);
  return isGood ? outcome : `HTTP ${status} ${outcome}`.trim();
}
