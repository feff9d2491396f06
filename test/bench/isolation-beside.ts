// The second part of the benchmark of isolation: what a CRM that hangs costs the others where something else than
// the relay brings them in step. Every contender runs without it and with it, one right after the other.
import type { Contender } from "./contenders/contender.ts";
import { P99, RATE, sendSteadily } from "./latency.ts";
import type { Measurement } from "./results.ts";
import { interleave } from "./rounds.ts";
import type { Sizes } from "./sizes.ts";
import { quantile } from "./table.ts";
import { warmUp, withContender } from "./trial.ts";

/** The load's name in results. */
export const BESIDE_OTHERS = "one that hangs";
const HEALTHY = 2;
/** The CRM that hangs, from 0. */
const SICK = 2;
/** So long after the last answer nothing is waited for any more: what hangs never ends. */
const PATIENCE_MS = 5_000;

/** The lines that tell what is measured. */
export function aboutBeside({ latencySeconds }: Sizes): string[] {
  return [
    "",
    `isolation beside others: ${RATE} updates a second for ${latencySeconds} s, each of another customer; from sending`,
    "the webhook to its arrival at each of two CRMs that answer at once. The third does, too (all well), or takes",
    "calls and never answers (one sick). Everybody's own time limits hold; refused are webhooks that were answered",
    "with an error on its account.",
  ];
}

/** Measures. */
export async function measureBeside(
  contenders: readonly Contender[],
  { rounds, latencySeconds }: Sizes,
  signal: AbortSignal,
): Promise<Measurement[]> {
  return interleave("isolation", contenders, rounds, async (contender) => {
    const well = await measure(contender, false, latencySeconds, signal);
    const sick = await measure(contender, true, latencySeconds, signal);
    const numbers = {
      "all well": well.p99Ms,
      "one sick": sick.p99Ms,
      "sick/well": sick.p99Ms / well.p99Ms,
      refused: well.refused + sick.refused,
      lost: well.lost + sick.lost,
    };
    return { [BESIDE_OTHERS]: numbers };
  });
}

/** p99 at the two that are well, and what of theirs was refused, or accepted and never came. */
async function measure(
  contender: Contender,
  isSick: boolean,
  seconds: number,
  signal: AbortSignal,
) {
  return withContender(contender, signal, async (trial) => {
    await warmUp(trial);
    if (isSick) await trial.crms.behave(SICK, { kind: "hangs" });
    const { times, brought } = await sendSteadily(trial, "isolation", seconds, PATIENCE_MS);
    const { answers, accepted, facts } = brought;
    const healthy = facts.crms.slice(0, HEALTHY);
    return {
      p99Ms: quantile(times.slice(0, HEALTHY).flat(), P99),
      refused: answers.length - accepted.length,
      lost: healthy.reduce((sum, { behind, older }) => sum + behind + older, 0),
    };
  });
}
