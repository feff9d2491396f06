// The benchmark of latency: from a webhook's first byte to its arrival at the CRMs, at a steady, moderate rate.
import type { Contender } from "./contenders/contender.ts";
import type { Sizes } from "./sizes.ts";
import { pace } from "./load.ts";
import type { Measurement } from "./results.ts";
import { interleave } from "./rounds.ts";
import { quantile } from "./table.ts";
import { bring, lostOf, warmUp, withContender } from "./trial.ts";
import { signUpdates } from "./updates.ts";

const RATE = 200;
const MEDIAN = 0.5;
const P99 = 0.99;

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
      const { running, crms } = trial;
      const updates = await signUpdates("latency", RATE * latencySeconds);
      const brought = await bring(trial, updates, async (all) =>
        pace(running.url, all, RATE, signal),
      );
      const { answers, accepted, cpuSeconds } = brought;
      const reached = await crms.reached();
      const times = reached.flatMap((reachedAt) =>
        answers.flatMap(({ update, sentAt }) => {
          const at = reachedAt.get(update.customerId);
          return at === undefined ? [] : [at - sentAt];
        }),
      );
      const numbers = {
        "p50 ms": quantile(times, MEDIAN),
        "p99 ms": quantile(times, P99),
        "CPU s/1000": (cpuSeconds * 1000) / updates.length,
        refused: answers.length - accepted.length,
        lost: lostOf(brought),
      };
      return { [`${RATE} updates/s`]: numbers };
    }),
  );
}
