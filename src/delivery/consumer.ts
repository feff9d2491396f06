// The queue's consumer: the only place where messages are acknowledged or retried, each exactly once.
import * as v from "valibot";
import { configurationOf } from "../config.ts";
import { adapterOf } from "../destinations/formats.ts";
import type { Destination } from "../destinations/destination.ts";
import type { Env } from "../env.ts";
import { ledgerOf } from "../ledger/client.ts";
import { doorbellSchema } from "../ledger/doorbell.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { log } from "../log.ts";
import { gateOf } from "../gate/client.ts";
import { reminderSchema } from "../gate/jobs.ts";
import { WholeLedger } from "../ledger/whole-ledger.ts";
import { telemetryOf } from "../telemetry/telemetry.ts";
import { collectJobs } from "./collect.ts";
import { crmLane } from "./crm-lane.ts";
import type { Lane } from "./lane.ts";
import { profileStoreLane } from "./profile-store-lane.ts";
import { deliverDue } from "./run.ts";

const now = (): number => Date.now();
const fetcher: typeof fetch = (...args) => fetch(...args);

/** Answers doorbells. What is slow goes on under `waitUntil`, so that the next ones are not kept waiting. */
export async function consume(
  batch: MessageBatch<unknown>,
  env: Env,
  ctx: ExecutionContext,
): Promise<void> {
  const configured = configurationOf(env);
  const { ringing, reminded } = sort(batch, configured.ok);
  if (!configured.ok) return;
  const { destinations, ledgerPartitions } = configured.configuration;
  for (const destination of destinations.filter(({ id }) => reminded.has(id))) {
    const ledger = new WholeLedger(env, ledgerPartitions);
    const context = { ...contextOf(destination, env), ledger };
    ctx.waitUntil(collectJobs(destination, adapterOf(destination), context));
  }
  if (ringing.size === 0) return;

  const telemetry = telemetryOf(env);
  const store = profileStoreLane(env.PROFILES, { now, telemetry });
  const lanes = new Map<string, Lane>([[PROFILE_STORE, store]]);
  for (const destination of destinations) {
    const context = { ...contextOf(destination, env), telemetry };
    const lane = crmLane(destination, adapterOf(destination), context);
    lanes.set(destination.id, lane);
  }
  const doorbells = new Map(
    [...ringing].map(([partition, messages]) => [partition, messages.length]),
  );
  const { failed, rest } = await deliverDue(doorbells, {
    ledger: (partition) => ledgerOf(env, partition),
    lane: (destination) => lanes.get(destination),
    now,
    sleep: (ms) => scheduler.wait(ms),
  });
  ctx.waitUntil(rest);
  for (const [partition, messages] of ringing) {
    for (const message of messages) {
      if (failed.has(partition)) message.retry();
      else message.ack();
    }
  }
}

/**
 * The doorbells by partition, and the destinations whose jobs are to be asked for. Anything else is done
 * with: where nothing can be done, nothing is lost, as ledger and gates ring as long as something is due.
 */
function sort(batch: MessageBatch<unknown>, isConfigured: boolean) {
  const ringing = new Map<number, Message<unknown>[]>();
  const reminded = new Set<string>();
  for (const message of batch.messages) {
    const doorbell = v.safeParse(doorbellSchema, message.body);
    if (isConfigured && doorbell.success) {
      const { partition } = doorbell.output;
      ringing.set(partition, [...(ringing.get(partition) ?? []), message]);
      continue;
    }
    message.ack();
    const reminder = v.safeParse(reminderSchema, message.body);
    if (isConfigured && reminder.success) reminded.add(reminder.output.destination);
    else log({ event: "consumer.failed", reason: "no message, or the configuration is wrong" });
  }
  return { ringing, reminded };
}

/** What is needed to call a destination. */
function contextOf({ id }: Destination, env: Env) {
  const gate = gateOf(env, id);
  const accessToken = async (rejected: string | null) => gate.accessToken(rejected);
  return { gate, fetcher, now, accessToken };
}
