// One run of the consumer: claim what is due in the partitions that rang, deliver it by destination,
// settle. What is slow is finished behind its back.
import type { Delivery } from "../destinations/adapter.ts";
import type { LedgerApi } from "../ledger/client.ts";
import type { SettledDelivery } from "../ledger/partition.ts";
import { CUSTOMERS_PER_DOORBELL, LEASE_MS } from "../ledger/policy.ts";
import type { ClaimedCustomer } from "../ledger/profiles/profiles.ts";
import type { ClaimedEvent } from "../ledger/streams/streams.ts";
import { log } from "../log.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import type { Consignment, Deadline, Lane, Settled } from "./lane.ts";

/** Every request ends this long before its lease, so that there is time to settle. */
const LEASE_MARGIN_MS = 5_000;
/** What is slow may begin requests so long after the run: the platform ends them 30 s after it. */
const AFTER_RUN_MS = 12_000;
/** The quickest destination is waited for so long, since it sets the pace of the runs. */
const PACE_MS = 500;
/** A run goes on for so long after the quickest has ended, for those that are as quick. */
const BREATH_MS = 25;
/**
 * When one destination has ended, others are waited for so long, to be settled with it: each settling writes
 * every customer's row. Nobody waits for it, since `min_interval_ms` is usually longer.
 */
const PATIENCE_MS = 250;

/** What a run needs from outside. */
export interface RunContext {
  readonly ledger: (partition: number) => LedgerApi;
  readonly lane: (destination: string) => Lane | undefined;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** How a run ended. */
export interface RunResult {
  /** Partitions that could not be reached: their doorbells must ring again. */
  readonly failed: ReadonlySet<number>;
  /** Ends when the last slow destination has been settled. Never rejects. */
  readonly rest: Promise<void>;
}

/**
 * Answers doorbells: how many rang in each partition. It goes round once; for what is left, or came
 * meanwhile, the ledger rings again, and all that rang by then are answered together.
 */
export async function deliverDue(
  doorbells: ReadonlyMap<number, number>,
  context: RunContext,
): Promise<RunResult> {
  const { now } = context;
  const failed = new Set<number>();
  const deadline = { endBy: now() + LEASE_MS - LEASE_MARGIN_MS, startBy: Infinity };
  const consignments = await claimAll(doorbells, failed, context);
  const works = [...Map.groupBy(consignments, ({ destination }) => destination)].map(
    async ([destination, group]) => deliver(context.lane(destination), group, deadline),
  );
  const rest = settleInGroups(works, context);
  const breath = Promise.race(works).then(async () => context.sleep(BREATH_MS));
  await Promise.race([rest, breath, context.sleep(PACE_MS)]);

  deadline.startBy = now() + AFTER_RUN_MS;
  return { failed, rest };
}

/** Settles destinations as they end, those that end at about the same time together. Never rejects. */
async function settleInGroups(
  works: readonly Promise<readonly Settled[]>[],
  context: RunContext,
): Promise<void> {
  const ended: Settled[] = [];
  const running = new Set<Promise<void>>();
  for (const work of works) {
    const ending = collect(work, ended).finally(() => running.delete(ending));
    running.add(ending);
  }
  while (running.size > 0) {
    await Promise.race(running);
    await Promise.race([Promise.all(running), context.sleep(PATIENCE_MS)]);
    await settleAll(ended.splice(0), context);
  }
}

async function collect(work: Promise<readonly Settled[]>, ended: Settled[]): Promise<void> {
  ended.push(...(await work));
}

/** Claims in every partition; one that is out of reach does not stop the others. */
async function claimAll(
  doorbells: ReadonlyMap<number, number>,
  failed: Set<number>,
  context: RunContext,
): Promise<Consignment[]> {
  const claims = await Promise.all(
    [...doorbells].map(async ([partition, count]) => {
      try {
        const claimed = await context.ledger(partition).claim(count * CUSTOMERS_PER_DOORBELL);
        return [
          ...claimed.customers.flatMap((customer) => consignProfile(partition, customer)),
          ...claimed.events.map((event) => consignEvent(partition, event)),
        ];
      } catch (error) {
        failed.add(partition);
        log({ event: "consumer.failed", partition }, error);
        return [];
      }
    }),
  );
  return claims.flat();
}

/** Settles in one call for each partition. Where that fails, the leases end by themselves. */
async function settleAll(settled: readonly Settled[], context: RunContext): Promise<void> {
  const byPartition = Map.groupBy(settled, ({ consignment }) => consignment.partition);
  await Promise.all(
    [...byPartition].map(async ([partition, group]) => {
      try {
        await context.ledger(partition).settle(group.map(toReport));
      } catch (error) {
        log({ event: "consumer.failed", partition }, error);
      }
    }),
  );
}

function consignProfile(partition: number, customer: ClaimedCustomer): Consignment[] {
  const { customerId, profile, deliveries } = customer;
  return deliveries.map(({ destination, leaseId, attempt, changes, again }) => {
    const state = { changes, attempt, leaseId, again };
    const delivery = profile && { topic: PROFILE_TOPIC, customerId, profile, ...state };
    return { partition, customerId, destination, leaseId, attempt, isEvent: false, delivery };
  });
}

function consignEvent(partition: number, event: ClaimedEvent): Consignment {
  const { customerId, destination, leaseId, attempt, content, changes } = event;
  const delivery: Delivery =
    content.topic === PROFILE_TOPIC
      ? { ...content, customerId, changes, attempt, leaseId, again: false }
      : { ...content, customerId };
  return { partition, customerId, destination, leaseId, attempt, isEvent: true, delivery };
}

/** Delivers one destination's share. A lane that fails as a whole costs its deliveries an attempt. */
async function deliver(
  lane: Lane | undefined,
  consignments: readonly Consignment[],
  deadline: Deadline,
): Promise<readonly Settled[]> {
  try {
    if (lane === undefined) return [];
    return await lane(consignments, deadline);
  } catch (error) {
    const destination = consignments[0]?.destination ?? "";
    log({ event: "consumer.failed", destination }, error);
    const reason = "the relay failed before it could send";
    const settlement = { kind: "retry", status: null, error: reason, afterMs: null } as const;
    return consignments.map((consignment) => ({ consignment, settlement }));
  }
}

function toReport({ consignment, settlement }: Settled): SettledDelivery {
  const { customerId, destination, leaseId, isEvent } = consignment;
  return { customerId, destination, leaseId, isEvent, settlement };
}
