// The benchmark of latency: from a webhook's first byte to its arrival at the CRMs, at a steady, moderate rate.
import type { Contender } from "./contenders/contender.ts";
import type { Sizes } from "./sizes.ts";
import { pace } from "./load.ts";
import type { Measurement } from "./results.ts";
import { interleave } from "./rounds.ts";
import { quantile } from "./table.ts";
import { bring, type Brought, lostOf, type Trial, warmUp, withContender } from "./trial.ts";
import { signUpdates, type Update } from "./updates.ts";

/** Updates a second: so few that nobody is at its limit. */
export const RATE = 200;
const MEDIAN = 0.5;
export const P99 = 0.99;

/** What came of updates at a steady pace. */
interface Sent {
  /** By CRM: from sending each update to its arrival, in ms. */
  readonly times: readonly (readonly number[])[];
  readonly brought: Brought;
}

/** The lines that tell what is measured. */
export function aboutLatency({ latencySeconds }: Sizes): string[] {
  return [
    `latency: ${RATE} updates a second for ${latencySeconds} s, whether or not answers come, each of another`,
    "customer; from sending the webhook to its arrival at each of three CRMs that answer at once.",
  ];
}

/** Measures. */
export async function measureLatency(
  contenders: readonly Contender[],
  { rounds, latencySeconds }: Sizes,
  signal: AbortSignal,
): Promise<Measurement[]> {
  return interleave("latency", contenders, rounds, async (contender) =>
    withContender(contender, signal, async (trial) => {
      await warmUp(trial);
      const { times, brought } = await sendSteadily(trial, "latency", latencySeconds);
      const { answers, accepted, cpuSeconds } = brought;
      const all = times.flat();
      const numbers = {
        "p50 ms": quantile(all, MEDIAN),
        "p99 ms": quantile(all, P99),
        "CPU s/1000": (cpuSeconds * 1000) / answers.length,
        refused: answers.length - accepted.length,
        lost: lostOf(brought),
      };
      return { [`${RATE} updates/s`]: numbers };
    }),
  );
}

/** Sends at the pace, for so long, updates of a customer each; then waits for all, but only so many ms. */
export async function sendSteadily(
  trial: Trial,
  prefix: string,
  seconds: number,
  patienceMs?: number,
): Promise<Sent> {
  const { running, crms, signal } = trial;
  const updates = await signUpdates(prefix, RATE * seconds);
  const send = async (all: readonly Update[]) => pace(running.url, all, RATE, signal);
  const brought = await bring(trial, updates, send, patienceMs);
  const times = (await crms.reached()).map((reachedAt) =>
    brought.answers.flatMap(({ update, sentAt }) => {
      const at = reachedAt.get(update.customerId);
      return at === undefined ? [] : [at - sentAt];
    }),
  );
  return { times, brought };
}
