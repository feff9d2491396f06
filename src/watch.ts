// The cron's work: it asks all partitions how they stand. That wakes those that have nothing to do, so that
// they hear of a destination that was removed; and it shows backlogs, which nobody else sees as a whole.
import { configurationOf } from "./config.ts";
import type { Env } from "./env.ts";
import { gateOf } from "./gate/client.ts";
import { WholeLedger } from "./ledger/whole-ledger.ts";
import { log } from "./log.ts";

/**
 * Asks all partitions. Where alerts are configured, every gate is told how long its destination's oldest
 * delivery has waited, and decides whether an operator is to hear of it.
 */
export async function watch(_: ScheduledController, env: Env): Promise<void> {
  const configured = configurationOf(env);
  if (!configured.ok) return;
  const { destinations, ledgerPartitions, alerts } = configured.configuration;
  try {
    const surveyOf = await new WholeLedger(env, ledgerPartitions).survey();
    if (alerts === null) return;
    await Promise.all(
      destinations.map(async ({ id }) => {
        const { behindSince, behind } = surveyOf(id).crowd;
        await gateOf(env, id).backlog(behindSince, behind);
      }),
    );
  } catch (error) {
    log({ event: "watch.failed" }, error);
  }
}
