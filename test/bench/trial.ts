// A trial: one contender, started with empty state and three CRMs of its own, and warmed up.
import { rm } from "node:fs/promises";
import type { Contender, Running } from "./contenders/contender.ts";
import { Crms } from "./crms/crms.ts";
import type { Facts } from "./crms/protocol.ts";
import { type Answer, flood, isAccepted } from "./load.ts";
import { makeFolder } from "./process.ts";
import { newestOf, signUpdates, type Update } from "./updates.ts";
import { readUsage } from "./usage.ts";

/** Over which a burst is sent. */
export const CONNECTIONS = 64;
const WARM_UP_UPDATES = 500;
/** What did not arrive so long after the last webhook is lost. */
const DRAIN_MS = 60_000;

/** A contender that runs, and what is around it. */
export interface Trial {
  readonly running: Running;
  readonly crms: Crms;
  readonly signal: AbortSignal;
}

/** What came of updates that were sent. */
export interface Brought {
  readonly answers: readonly Answer[];
  /** Those that the contender took on itself to deliver. */
  readonly accepted: readonly Update[];
  readonly facts: Facts;
  readonly cpuSeconds: number;
  /** Since the contender started. */
  readonly peakMib: number;
}

/** Measures with a contender. When it ends, also by `signal`, so has all that was started. */
export async function withContender<Result>(
  contender: Contender,
  signal: AbortSignal,
  measure: (trial: Trial) => Promise<Result>,
): Promise<Result> {
  const crms = await Crms.open();
  const folder = await makeFolder();
  try {
    const running = await contender.start({ crms: crms.all, folder }, signal);
    try {
      return await measure({ running, crms, signal });
    } finally {
      await running.stop();
    }
  } finally {
    await crms.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Brings everything to life: objects, connections, compiled code. */
export async function warmUp({ running, crms, signal }: Trial): Promise<void> {
  const updates = await signUpdates("warm-up", WARM_UP_UPDATES);
  await crms.begin(newestOf(updates));
  const answers = await flood(running.url, updates, CONNECTIONS, signal);
  const refused = answers.find((answer) => !isAccepted(answer));
  if (refused !== undefined) throw new Error(`a webhook was answered: ${refused.status}`);
  const { completeAt } = await crms.settle(DRAIN_MS, signal);
  if (completeAt === null) throw new Error("the CRMs are not in step after the warm-up");
}

/** Sends updates, and waits until the CRMs are in step with those that were accepted. */
export async function bring(
  { running, crms, signal }: Trial,
  updates: readonly Update[],
  send: (updates: readonly Update[]) => Promise<readonly Answer[]>,
  patienceMs: number = DRAIN_MS,
): Promise<Brought> {
  await crms.begin(newestOf(updates));
  const before = await readUsage(running.processes);
  const answers = await send(updates);
  const took = new Set(answers.filter(isAccepted).map(({ update }) => update));
  const accepted = updates.filter((update) => took.has(update));
  if (accepted.length < updates.length) await crms.expect(newestOf(accepted));
  const facts = await crms.settle(patienceMs, signal);
  const { cpuSeconds, peakMib } = await readUsage(running.processes);
  return { answers, accepted, facts, cpuSeconds: cpuSeconds - before.cpuSeconds, peakMib };
}

/** Deliveries that were promised and never came. */
export function lostOf({ facts }: Brought): number {
  return facts.crms.reduce((sum, { behind, older }) => sum + behind + older, 0);
}
