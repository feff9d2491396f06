// The benchmark of being in step: a burst of updates, until all CRMs and the lookup are current.
import type { Contender } from "./contenders/contender.ts";
import type { Sizes } from "./sizes.ts";
import { flood, lookUpAll } from "./load.ts";
import type { Measurement, Numbers } from "./results.ts";
import { interleave } from "./rounds.ts";
import { bring, CONNECTIONS, lostOf, type Trial, warmUp, withContender } from "./trial.ts";
import { newestOf, signUpdates } from "./updates.ts";

const LOOKUP = { connections: 16, patienceMs: 10_000 };
const UPDATES_EACH = 5;
export const SLOW_MS = 50;

/** What is sent, and to which CRMs. */
export const LOADS = {
  "distinct, at once": { each: 1, afterMs: 0 },
  [`distinct, ${SLOW_MS} ms`]: { each: 1, afterMs: SLOW_MS },
  "bursts, at once": { each: UPDATES_EACH, afterMs: 0 },
  [`bursts, ${SLOW_MS} ms`]: { each: UPDATES_EACH, afterMs: SLOW_MS },
} as const;

/** The lines that tell what is measured. */
export function aboutInStep({ updates }: Sizes): string[] {
  return [
    `in step: ${updates} updates over ${CONNECTIONS} connections, each when the one before was answered, until`,
    "three CRMs have acknowledged the newest update of each customer and the lookup gives it. Distinct:",
    `each of another customer; bursts: ${UPDATES_EACH} of each customer, in turn. CRMs that answer at once, or in ${SLOW_MS} ms.`,
    "The relay sends batches of 100, the others an event a call. CPU: of all processes of a contender.",
  ];
}

/** Measures. */
export async function measureInStep(
  contenders: readonly Contender[],
  { rounds, updates }: Sizes,
  signal: AbortSignal,
): Promise<Measurement[]> {
  return interleave("in step", contenders, rounds, async (contender) =>
    withContender(contender, signal, async (trial) => {
      await warmUp(trial);
      const numbers: Record<string, Numbers> = {};
      for (const [name, { each, afterMs }] of Object.entries(LOADS)) {
        await trial.crms.behaveAll({ kind: "acknowledges", afterMs });
        numbers[name] = await measureBurst(trial, name.replaceAll(/\W+/g, "-"), updates, each);
      }
      return numbers;
    }),
  );
}

async function measureBurst(
  trial: Trial,
  prefix: string,
  count: number,
  each: number,
): Promise<Numbers> {
  const { running, signal } = trial;
  const updates = await signUpdates(prefix, count, count / each);
  const brought = await bring(trial, updates, async (all) =>
    flood(running.url, all, CONNECTIONS, signal),
  );
  const { answers, accepted, facts, cpuSeconds, peakMib } = brought;
  const startedAt = Math.min(...answers.map(({ sentAt }) => sentAt));
  const lookup = await lookUpAll(running.url, newestOf(accepted), LOOKUP, signal);
  const lost = lostOf(brought) + lookup.behind;
  const endedAt = lookup.wasCurrent ? facts.completeAt : lookup.sinceMs;
  const seconds = lost > 0 || endedAt === null ? Number.NaN : (endedAt - startedAt) / 1000;
  return {
    "updates/s": accepted.length / seconds,
    "CPU s/1000": (cpuSeconds * 1000) / accepted.length,
    calls: facts.crms.reduce((sum, { calls }) => sum + calls, 0),
    MiB: peakMib,
    refused: answers.length - accepted.length,
    stale: facts.crms.reduce((sum, { stale }) => sum + stale, 0),
    lost,
  };
}
