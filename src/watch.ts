// The cron's work: it looks for backlogs, which nobody else sees as a whole. Each destination's gate
// decides whether an operator is to hear of it.
import { configurationOf } from "./config.ts";
import type { Env } from "./env.ts";
import { gateOf } from "./gate/client.ts";
import { WholeLedger } from "./ledger/whole-ledger.ts";
import { log } from "./log.ts";

/** Tells every gate how long its destination's oldest delivery has waited, if anybody asked for alerts. */
export async function watchBacklogs(_: ScheduledController, env: Env): Promise<void> {
  const configured = configurationOf(env);
  if (!configured.ok || configured.configuration.alerts === null) return;
  const { destinations, ledgerPartitions } = configured.configuration;
  try {
    const surveyOf = await new WholeLedger(env, ledgerPartitions).survey();
    await Promise.all(
      destinations.map(async ({ id }) => {
        const { behindSince, behind } = surveyOf(id).crowd;
        await gateOf(env, id).backlog(behindSince, behind);
      }),
    );
  } catch (error) {
    log({ event: "watch.failed", error: String(error) });
  }
}
