// The queue's consumer: the only place where messages are acknowledged or retried, each exactly once.
import * as v from "valibot";
import { configurationOf } from "../config.ts";
import { adapterOf } from "../destinations/formats.ts";
import type { Env } from "../env.ts";
import { ledgerOf } from "../ledger/client.ts";
import { doorbellSchema } from "../ledger/doorbell.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { log } from "../log.ts";
import { gateOf } from "../gate/client.ts";
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
  const ringing = new Map<number, Message<unknown>[]>();
  for (const message of batch.messages) {
    const doorbell = v.safeParse(doorbellSchema, message.body);
    if (configured.ok && doorbell.success) {
      const { partition } = doorbell.output;
      ringing.set(partition, [...(ringing.get(partition) ?? []), message]);
    } else {
      // Nothing can be done, and nothing is lost: the ledger rings as long as something is due.
      log({ event: "consumer.failed", error: "not a doorbell, or the configuration is wrong" });
      message.ack();
    }
  }
  if (!configured.ok || ringing.size === 0) return;

  const lanes = new Map<string, Lane>([[PROFILE_STORE, profileStoreLane(env.PROFILES, now)]]);
  for (const destination of configured.configuration.destinations) {
    const gate = gateOf(env, destination.id);
    const accessToken = async (rejected: string | null) => gate.accessToken(rejected);
    const context = { gate, fetcher, now, accessToken };
    lanes.set(destination.id, crmLane(destination, adapterOf(destination), context));
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
