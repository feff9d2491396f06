// One run of the consumer: claim what is due in some partitions, deliver it by destination, settle,
// and claim again while there is more. What is slow is finished behind its back.
import type { LedgerApi } from "../ledger/client.ts";
import type { ClaimedCustomer, SettledDelivery } from "../ledger/partition.ts";
import { LEASE_MS } from "../ledger/policy.ts";
import { log } from "../log.ts";
import type { Consignment, Deadline, Lane, Settled } from "./lane.ts";

/** Customers in one claim of one partition. */
const CLAIM_LIMIT = 100;
/** A run claims no more after this; the ledger rings again for what is left. */
const MAX_RUN_MS = 20_000;
/** Every request ends this long before its lease, so that there is time to settle. */
const LEASE_MARGIN_MS = 5_000;
/** What is slow may go on so long after the run: the platform ends it after 30 s. */
const AFTER_RUN_MS = 25_000;
/** The others are waited for twice as long as the quickest destination took, and at least so long. */
const PATIENCE_FACTOR = 2;
const MIN_PATIENCE_MS = 25;

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

/** Delivers what is due in the partitions. */
export async function deliverDue(
  partitions: readonly number[],
  context: RunContext,
): Promise<RunResult> {
  const { now } = context;
  const run = {
    failed: new Set<number>(),
    late: [] as Promise<void>[],
    deadlines: [] as Deadline[],
  };
  const endAt = now() + MAX_RUN_MS;
  let visits = new Map(partitions.map((partition) => [partition, [] as SettledDelivery[]]));
  while (visits.size > 0) {
    const claimedAt = now();
    const limit = claimedAt < endAt ? CLAIM_LIMIT : 0;
    const consignments = await exchangeAll(visits, limit, run.failed, context);
    if (consignments.length === 0) break;

    const deadline = { at: claimedAt + LEASE_MS - LEASE_MARGIN_MS };
    run.deadlines.push(deadline);
    const works = [...Map.groupBy(consignments, ({ destination }) => destination)].map(
      async ([destination, group]) => deliver(context.lane(destination), group, deadline),
    );
    const { quick, late } = await separate(works, context);
    run.late.push(...late.map(async (work) => settleLate(await work, context)));
    visits = new Map(consignments.map(({ partition }) => [partition, []]));
    for (const settled of quick) visits.get(settled.consignment.partition)?.push(toReport(settled));
  }
  const lateEnd = now() + AFTER_RUN_MS;
  for (const deadline of run.deadlines) deadline.at = Math.min(deadline.at, lateEnd);
  return { failed: run.failed, rest: Promise.all(run.late).then(() => undefined) };
}

/** Settles and claims in every partition to visit; one that is out of reach does not stop the others. */
async function exchangeAll(
  visits: ReadonlyMap<number, readonly SettledDelivery[]>,
  limit: number,
  failed: Set<number>,
  context: RunContext,
): Promise<Consignment[]> {
  const claims = await Promise.all(
    [...visits].map(async ([partition, settled]) => {
      try {
        const claimed = await context.ledger(partition).exchange(settled, limit);
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

/** Waits for the quick ones; a destination far slower than the quickest is left to end later. */
async function separate(
  works: readonly Promise<readonly Settled[]>[],
  { now, sleep }: RunContext,
): Promise<{ quick: Settled[]; late: Promise<readonly Settled[]>[] }> {
  const startedAt = now();
  const done = new Map<number, readonly Settled[]>();
  const watched = works.map(async (work, index) => done.set(index, await work));
  await Promise.race(watched);
  const patienceMs = Math.max(MIN_PATIENCE_MS, PATIENCE_FACTOR * (now() - startedAt));
  if (done.size < works.length) await Promise.race([Promise.all(watched), sleep(patienceMs)]);
  const late = works.filter((_, index) => !done.has(index));
  return { quick: [...done.values()].flat(), late };
}

/** Settles what came late, in as few calls as there are partitions. Its leases end by themselves should this fail. */
async function settleLate(settled: readonly Settled[], context: RunContext): Promise<void> {
  const byPartition = Map.groupBy(settled, ({ consignment }) => consignment.partition);
  const visits = new Map(
    [...byPartition].map(([partition, group]) => [partition, group.map(toReport)]),
  );
  await exchangeAll(visits, 0, new Set(), context);
}

function toReport({ consignment, settlement }: Settled): SettledDelivery {
  const { customerId, destination, leaseId } = consignment;
  return { customerId, destination, leaseId, settlement };
}
