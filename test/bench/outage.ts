// The benchmark of an outage: one CRM is away for many updates of the same customers, then comes back.
import { setTimeout as sleep } from "node:timers/promises";
import { nowMs } from "./clock.ts";
import type { Contender } from "./contenders/contender.ts";
import type { Sizes } from "./sizes.ts";
import { pace } from "./load.ts";
import type { Measurement } from "./results.ts";
import { interleave } from "./rounds.ts";
import { bring, warmUp, withContender } from "./trial.ts";
import { newestOf, signUpdates } from "./updates.ts";

const RATE = 1_000;
const AWAY = 2;
/** Who is not in step so long after the CRM came back is not counted on any more. */
const PATIENCE_MS = 30_000;
/** Whatever else comes, comes so soon after the last customer is current. */
const AFTERWARDS_MS = 3_000;

/** The lines that tell what is measured. */
export function aboutOutage({ outage: { updates, customers } }: Sizes): string[] {
  return [
    `outage: one of three CRMs answers 503 at once while ${updates} updates of ${customers} customers come, ${RATE} a`,
    `second; then it is well. Calls are those to it; behind are customers not current ${PATIENCE_MS / 1000} s after; stale`,
    "are writes of an older profile over a newer. Refused webhooks are left to Gameball to repeat.",
  ];
}

/** Measures. */
export async function measureOutage(
  contenders: readonly Contender[],
  { outage: { rounds, updates: count, customers } }: Sizes,
  signal: AbortSignal,
): Promise<Measurement[]> {
  return interleave("outage", contenders, rounds, async (contender) =>
    withContender(contender, signal, async (trial) => {
      await warmUp(trial);
      const { running, crms } = trial;
      const updates = await signUpdates("outage", count, customers);
      await crms.behave(AWAY, { kind: "fails" });
      let backAt = 0;
      const { answers, accepted } = await bring(
        trial,
        updates,
        async (all) => {
          const answered = await pace(running.url, all, RATE, signal);
          await crms.behave(AWAY, { kind: "acknowledges", afterMs: 0 });
          backAt = nowMs();
          return answered;
        },
        PATIENCE_MS,
      );
      await sleep(AFTERWARDS_MS, null, { signal });
      const facts = await crms.facts();
      const away = facts.crms[AWAY];
      if (away === undefined) throw new Error("there is no such CRM");
      const { calls, stale, behind, older } = away;
      const complete = facts.completeAt ?? Number.NaN;
      return {
        [`${count} updates`]: {
          calls,
          "until, s": Math.max(0, complete - backAt) / 1000,
          behind: behind + older,
          stale: facts.crms.reduce((sum, crm) => sum + crm.stale, 0),
          "stale there": stale,
          customers: newestOf(accepted).size,
          refused: answers.length - accepted.length,
          lost: facts.crms.reduce((sum, crm) => sum + crm.behind + crm.older, 0),
        },
      };
    }),
  );
}
