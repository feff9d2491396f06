// One run of the consumer: claim what is due in the partitions that rang, deliver it by destination,
// settle. What is slow is finished behind its back.
import type { LedgerApi } from "../ledger/client.ts";
import type { ClaimedCustomer, SettledDelivery } from "../ledger/partition.ts";
import { CUSTOMERS_PER_DOORBELL, LEASE_MS } from "../ledger/policy.ts";
import { log } from "../log.ts";
import type { Consignment, Deadline, Lane, Settled } from "./lane.ts";

/** Every request ends this long before its lease, so that there is time to settle. */
const LEASE_MARGIN_MS = 5_000;
/** What is slow may begin requests so long after the run: the platform ends them 30 s after it. */
const AFTER_RUN_MS = 12_000;
/** The quickest destination is waited for so long, since it sets the pace of the runs. */
const PACE_MS = 500;
/** After it the others are waited for so long, to be settled with it. */
const PATIENCE_MS = 50;

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
  const { quick, late } = await separate(works, context);
  await settleAll(quick, context);

  deadline.startBy = now() + AFTER_RUN_MS;
  const settledLate = late.map(async (work) => settleAll(await work, context));
  return { failed, rest: Promise.all(settledLate).then(() => undefined) };
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
        return claimed.flatMap((customer) => consign(partition, customer));
      } catch (error) {
        failed.add(partition);
        log({ event: "consumer.failed", partition, error: String(error) });
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
        log({ event: "consumer.failed", partition, error: String(error) });
      }
    }),
  );
}

function consign(partition: number, customer: ClaimedCustomer): Consignment[] {
  const { customerId, profile, deliveries } = customer;
  return deliveries.map((delivery) => ({ ...delivery, partition, customerId, profile }));
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
    log({ event: "consumer.failed", destination, error: String(error) });
    const reason = "the relay failed before it could send";
    const settlement = { kind: "retry", status: null, error: reason, afterMs: null } as const;
    return consignments.map((consignment) => ({ consignment, settlement }));
  }
}

/**
 * Waits for the quick ones; a destination far slower than the quickest is left to end later, and so
 * are all when none is quick: doorbells of others must not wait for them.
 */
async function separate(
  works: readonly Promise<readonly Settled[]>[],
  { sleep }: RunContext,
): Promise<{ quick: Settled[]; late: Promise<readonly Settled[]>[] }> {
  if (works.length === 0) return { quick: [], late: [] };
  const done = new Map<number, readonly Settled[]>();
  const watched = works.map(async (work, index) => done.set(index, await work));
  await Promise.race([...watched, sleep(PACE_MS)]);
  if (done.size < works.length) await Promise.race([Promise.all(watched), sleep(PATIENCE_MS)]);
  const late = works.filter((_, index) => !done.has(index));
  return { quick: [...done.values()].flat(), late };
}

function toReport({ consignment, settlement }: Settled): SettledDelivery {
  const { customerId, destination, leaseId } = consignment;
  return { customerId, destination, leaseId, settlement };
}
