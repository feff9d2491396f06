// One partition of the ledger: many customers, one writer, and the time at which it must wake. It
// applies the transitions to a store; its own memory may be lost at any moment.
import type { CustomerId } from "../profile/customer-id.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import { claim, type ClaimedDelivery } from "./claim.ts";
import { erase } from "./erase.ts";
import { CUSTOMERS_PER_DOORBELL, type DestinationPolicy, TOMBSTONE_MS } from "./policy.ts";
import { record } from "./record.ts";
import { type Settlement, settle } from "./settle.ts";
import type { PartitionStore } from "./store.ts";

/** Doorbells that one alarm rings at most; the next one follows when they were answered. */
const MAX_DOORBELLS = 10;

/** A doorbell that nobody answered is taken for lost after this. */
const RING_AGAIN_MS = 5_000;

/** Characters of state that one claim may hold, so that an answer stays far below RPC's 32 MiB. */
const MAX_CLAIM_SIZE = 1024 * 1024;

/** One customer's claimed deliveries. A `null` profile must be forgotten. */
export interface ClaimedCustomer {
  readonly customerId: CustomerId;
  readonly profile: Profile | null;
  readonly deliveries: readonly ClaimedDelivery[];
}

/** How one claimed delivery ended, and whose it was. */
export interface SettledDelivery {
  readonly customerId: CustomerId;
  readonly destination: string;
  readonly leaseId: string;
  readonly settlement: Settlement;
}

/** What recording a webhook came to. */
export type RecordResult =
  | { readonly outcome: "accepted"; readonly sequence: number }
  | { readonly outcome: "duplicate" | "stale" };

/**
 * The rules of a partition. Besides its result each method says by when the partition must be awake
 * again; whoever calls it sets the alarm no later than that.
 */
export class Partition {
  readonly #store: PartitionStore;
  readonly #policies: readonly DestinationPolicy[];
  /** Until then a doorbell is under way, so another would be idle. Losing this costs a doorbell. */
  #rungUntil = 0;

  constructor(store: PartitionStore, policies: readonly DestinationPolicy[]) {
    this.#store = store;
    this.#policies = policies;
  }

  /** Records a webhook; `digest` is its customer's. */
  record(event: ProfileEvent, digest: string, now: number): Woken<RecordResult> {
    const known = this.#store.read(event.customer_id);
    const tombstone = known === null ? this.#store.readTombstone(digest) : null;
    const recorded = record(known, event, { now, policies: this.#policies, tombstone });
    if (recorded.outcome !== "accepted") return { result: recorded, wakeAt: null };
    const { outcome, state } = recorded;
    this.#store.write(event.customer_id, state, known);
    // The newest customer is due now: no need to ask the store who is due first.
    const wakeAt = Math.max(now, this.#rungUntil);
    return { result: { outcome, sequence: state.sequence }, wakeAt };
  }

  /** A consumer answers a doorbell: it claims up to `limit` customers, those that are due longest. */
  claim(
    limit: number,
    { now, leaseId }: { readonly now: number; readonly leaseId: string },
  ): Woken<ClaimedCustomer[]> {
    const claimed: ClaimedCustomer[] = [];
    let size = 0;
    for (const { customerId, state, size: added } of this.#store.due(now, limit)) {
      if (size > MAX_CLAIM_SIZE) break;
      size += added;
      const taken = claim(state, { now, policies: this.#policies, leaseId });
      this.#store.write(customerId, taken.state, state);
      const { profile, deliveries } = taken;
      if (deliveries.length > 0) claimed.push({ customerId, profile, deliveries });
    }
    this.#rungUntil = 0;
    return { result: claimed, wakeAt: this.nextWake() };
  }

  /** A consumer settles what it delivered. */
  settle(
    settled: readonly SettledDelivery[],
    context: { readonly now: number; readonly random: () => number },
  ): Woken<null> {
    for (const [customerId, results] of Map.groupBy(settled, (result) => result.customerId)) {
      this.#settle(customerId, results, context);
    }
    return { result: null, wakeAt: this.nextWake() };
  }

  /** Forgets a customer; `digest` is what is left of it for a day. */
  erase(customerId: CustomerId, digest: string, now: number): Woken<null> {
    const known = this.#store.read(customerId);
    const buried = this.#store.readTombstone(digest);
    const { state, tombstone } = erase(known, { now, tombstone: buried });
    const expiresAt = now + TOMBSTONE_MS;
    this.#store.writeTombstone(digest, tombstone, expiresAt);
    this.#store.write(customerId, state, known);
    return { result: null, wakeAt: earlier(this.nextWake(), expiresAt) };
  }

  /** The alarm: how many doorbells to ring now, and when to look again. */
  alarm(now: number): Woken<number> {
    const nextExpiry = this.#store.expireTombstones(now);
    const most = CUSTOMERS_PER_DOORBELL * MAX_DOORBELLS;
    const due = this.#rungUntil > now ? 0 : this.#store.countDue(now, most);
    const doorbells = Math.ceil(due / CUSTOMERS_PER_DOORBELL);
    if (doorbells > 0) this.#rungUntil = now + RING_AGAIN_MS;
    return { result: doorbells, wakeAt: earlier(nextExpiry, this.nextWake()) };
  }

  /** A doorbell could not be sent after all. */
  ringFailed(): void {
    this.#rungUntil = 0;
  }

  /** When to look for due customers, whatever happened before; `null` when nothing is ever due. */
  nextWake(): number | null {
    const dueAt = this.#store.earliestDue();
    return dueAt === null ? null : Math.max(dueAt, this.#rungUntil);
  }

  /** Settles one customer's deliveries in one write. */
  #settle(
    customerId: CustomerId,
    results: readonly SettledDelivery[],
    { now, random }: { readonly now: number; readonly random: () => number },
  ): void {
    const before = this.#store.read(customerId);
    let state = before;
    for (const { destination, leaseId, settlement } of results) {
      const policy = this.#policies.find(({ id }) => id === destination);
      if (state === null || policy === undefined) continue;
      state = settle(state, policy, { leaseId, settlement }, { now, random: random() });
    }
    if (state !== before) this.#store.write(customerId, state, before);
  }
}

/** A result, and when the partition must be awake again on its account (ms of Unix time). */
export interface Woken<T> {
  readonly result: T;
  readonly wakeAt: number | null;
}

function earlier(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}
