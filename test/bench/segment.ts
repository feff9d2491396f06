// One segment of the isolation benchmark: a fresh relay, three CRMs, and updates at a steady rate while
// the third CRM is well or sick.
import { setTimeout as sleep } from "node:timers/promises";
import { startRelay } from "./contenders/workers.ts";
import { BenchCrm, type CrmFacts, type Sickness } from "./crm.ts";
import type { BenchProcess } from "./process.ts";
import { type Answered, isAccepted, Sender, signWebhooks } from "./sender.ts";

/** Until the relay gives up on a CRM that hangs. */
export const TIMEOUT_MS = 2_000;

/** Far more calls than there are updates: it is not the rate that is measured. */
const RATE = { limit: 1_000, per_seconds: 1 };
/** Before what is measured, with all three CRMs well, to bring every object to life. */
const WARM_UP_SECONDS = 3;
/** What did not arrive so long after the last webhook is lost. */
const DRAIN_MS = 60_000;
const POLL_MS = 50;

/** How a segment runs. */
export interface SegmentSettings {
  readonly seconds: number;
  /** Updates a second, each of a customer of its own. */
  readonly rate: number;
  /** Events that a CRM takes in one request. */
  readonly batch: number;
  /** How the third CRM is sick from the end of the warm-up on; `null` when it is well. */
  readonly sickness: Sickness | null;
}

/** What a segment came to, without its warm-up. Times are in ms. */
export interface Segment {
  /** From the 202 to the acknowledgement, of each update at each of the two healthy CRMs. */
  readonly deliveryMs: readonly number[];
  /** From sending to the 202, of each update. */
  readonly acceptMs: readonly number[];
  /** The two healthy CRMs, then the third. */
  readonly crms: readonly CrmFacts[];
  /** The answers to webhooks that were not accepted: statuses, or codes of errors. */
  readonly refused: readonly (number | string)[];
  /** Deliveries of accepted updates to the healthy CRMs that never came. */
  readonly missing: number;
  /** What the relay logged of failures of its own. */
  readonly failures: readonly string[];
}

/** Runs a segment. When it ends, also by `signal`, so has all that it started. */
export async function runSegment(
  { seconds, rate, batch, sickness }: SegmentSettings,
  signal?: AbortSignal,
): Promise<Segment> {
  const warmUp = await signWebhooks("warm-up", Math.ceil(rate * WARM_UP_SECONDS));
  const webhooks = await signWebhooks("customer", Math.ceil(rate * seconds));
  const healthy = [await BenchCrm.open(), await BenchCrm.open()];
  const third = await BenchCrm.open();
  const crms = [...healthy, third];
  const common = { batch, timeout_ms: TIMEOUT_MS, rate: RATE };
  const destinations = crms.map(({ url }, index) => ({ id: `crm-${index + 1}`, url, ...common }));
  let relay: BenchProcess | null = null;
  let sender: Sender | null = null;
  try {
    relay = await startRelay(destinations);
    sender = new Sender(relay.url, signal);
    await waitForAll(crms, await sender.send(warmUp, rate), signal);
    for (const crm of crms) crm.beginCounting();
    if (sickness !== null) third.fallSick(sickness);

    const answers = await sender.send(webhooks, rate);
    const accepted = answers.filter(isAccepted);
    await waitForAll(sickness === null ? crms : healthy, accepted, signal);
    const deliveryMs = healthy.flatMap((crm) => timesOf(accepted, crm));
    return {
      deliveryMs,
      acceptMs: accepted.map(({ sentAt, answeredAt }) => answeredAt - sentAt),
      crms: crms.map((crm) => crm.facts()),
      refused: answers.filter((answer) => !isAccepted(answer)).map(({ status }) => status),
      missing: accepted.length * healthy.length - deliveryMs.length,
      failures: [...relay.failures],
    };
  } finally {
    sender?.close();
    await relay?.stop();
    await Promise.all(crms.map(async (crm) => crm.close()));
  }
}

/** From the 202 to the acknowledgement, of the updates that a CRM acknowledged. */
function timesOf(updates: readonly Answered[], crm: BenchCrm): number[] {
  return updates.flatMap(({ customerId, answeredAt }) => {
    const acknowledgedAt = crm.acknowledgedAt.get(customerId);
    return acknowledgedAt === undefined ? [] : [acknowledgedAt - answeredAt];
  });
}

/** Waits until the CRMs acknowledged all of these, or until it is clear that they will not. */
async function waitForAll(
  crms: readonly BenchCrm[],
  updates: readonly Answered[],
  signal?: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + DRAIN_MS;
  const isDone = (): boolean =>
    crms.every((crm) => updates.every(({ customerId }) => crm.acknowledgedAt.has(customerId)));
  while (!isDone() && performance.now() < giveUpAt)
    await sleep(POLL_MS, null, signal && { signal });
}
