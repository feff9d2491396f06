// The customers of a partition: it applies the rules of one customer to the store.
import { keyOf } from "../../destinations/mapping.ts";
import type { CustomerId } from "../../profile/customer-id.ts";
import type { Profile, ProfileEvent } from "../../profile/profile.ts";
import { type AppliedPolicy, LEASE_MS, TOMBSTONE_MS } from "../policy.ts";
import type { CustomerTable, LentCustomer } from "../store/customers.ts";
import type { PartitionStore } from "../store/store.ts";
import type { TombstoneTable } from "../store/tombstones.ts";
import type { Settlement } from "../turn.ts";
import { claim, type ClaimedDelivery, termsOf } from "./claim.ts";
import { erase } from "./erase.ts";
import * as recall from "./recall.ts";
import { record } from "./record.ts";
import { redo, type Refutation, refute } from "./refute.ts";
import { settle } from "./settle.ts";
import { dueAt, newestProfile } from "./standing.ts";
import type { CustomerState, Tombstone } from "./state.ts";

/** Characters of state that one claim may hold, so that an answer stays far below RPC's 32 MiB. */
const MAX_CLAIM_SIZE = 1024 * 1024;

/** One customer's claimed deliveries. A `null` profile must be forgotten. */
export interface ClaimedCustomer {
  readonly customerId: CustomerId;
  readonly profile: Profile | null;
  readonly deliveries: readonly ClaimedDelivery[];
}

/** What recording a profile came to. */
export type RecordedProfile =
  | {
      readonly outcome: "accepted";
      readonly profile: Profile;
      /** When the customer is due somewhere, in ms of Unix time; `null`: not for now. */
      readonly dueAt: number | null;
    }
  | { readonly outcome: "duplicate" | "stale" };

/** Where it keeps whom it knows, and whom it forgot. */
type ProfileTables = Pick<PartitionStore, "customers" | "tombstones">;

/** Told of each delivery that is given up on. */
type OnDead = (customerId: CustomerId, policy: AppliedPolicy, reason: string) => void;

/** All customers of one partition. Policies are those of destinations that want the newest profile. */
export class Profiles {
  readonly #customers: CustomerTable;
  readonly #tombstones: TombstoneTable;
  readonly #onDead: OnDead;

  constructor({ customers, tombstones }: ProfileTables, onDead: OnDead) {
    this.#customers = customers;
    this.#tombstones = tombstones;
    this.#onDead = onDead;
  }

  /** Records a profile; `digest` is its customer's. */
  record(
    event: ProfileEvent,
    context: {
      readonly digest: string;
      readonly policies: readonly AppliedPolicy[];
      readonly now: number;
    },
  ): RecordedProfile {
    const { digest, policies, now } = context;
    const customerId = event.customer_id;
    const known = this.#customers.read(customerId);
    const tombstone = known === null ? this.#remainsOf(customerId, digest) : null;
    const recorded = record(known, event, { now, policies, tombstone });
    if (recorded.outcome !== "accepted") return recorded;
    const { outcome, state } = recorded;
    this.#customers.write(customerId, state, known);
    const profile = { ...event, sequence: state.sequence };
    return { outcome, profile, dueAt: dueAt(state) };
  }

  /** A consumer takes what is due, of at most so many customers. */
  claim(
    limit: number,
    context: {
      readonly policies: readonly AppliedPolicy[];
      readonly now: number;
      readonly leaseId: string;
    },
  ): ClaimedCustomer[] {
    const { policies, now } = context;
    const terms = termsOf(policies, context);
    const claimed: ClaimedCustomer[] = [];
    const lent: LentCustomer[] = [];
    let size = 0;
    for (const customer of this.#customers.due(now, limit)) {
      if (size > MAX_CLAIM_SIZE) break;
      size += customer.size;
      const { customerId } = customer;
      const { state, profile, deliveries, lent: keys } = claim(customer.state, policies, terms);
      // A row shows all but the last claim.
      if (state !== null && keys !== null && !this.#customers.isLent(customerId)) {
        lent.push({ ...customer, state, keys });
      } else this.#write(customerId, state, customer.state, policies);
      if (deliveries.length > 0) claimed.push({ customerId, profile, deliveries });
    }
    this.#customers.lend(terms, lent);
    return claimed;
  }

  /**
   * A consumer settles one customer's deliveries, in one write. For each it says when that had been
   * claimed, or `null` where its lease is over.
   */
  settle(
    customerId: CustomerId,
    results: readonly {
      readonly policy: AppliedPolicy;
      readonly leaseId: string;
      readonly settlement: Settlement;
    }[],
    { now, random }: { readonly now: number; readonly random: () => number },
  ): (number | null)[] {
    const before = this.#customers.read(customerId);
    let state = before;
    const claimedAt = results.map(({ policy, leaseId, settlement }) => {
      const lease = state?.destinations[policy.key]?.lease;
      if (state === null || lease?.id !== leaseId) return null;
      state = settle(state, policy, settlement, { now, random: random() });
      return lease.until - LEASE_MS;
    });
    const policies = results.map(({ policy }) => policy);
    if (state !== before) this.#write(customerId, state, before, policies);
    return claimedAt;
  }

  /** Forgets a customer; `digest` is what is left of it. When that is forgotten too (ms of Unix time). */
  erase(customerId: CustomerId, digest: string, now: number): number {
    const known = this.#customers.read(customerId);
    const remains = known === null ? this.#remainsOf(customerId, digest) : null;
    const { state, tombstone } = erase(known, { now, tombstone: remains });
    const expiresAt = now + TOMBSTONE_MS;
    this.#tombstones.write(digest, tombstone, expiresAt);
    this.#customers.write(customerId, state, known);
    return expiresAt;
  }

  /** A customer's newest profile; `null` when there is none. */
  newest(customerId: CustomerId): Profile | null {
    const state = this.#customers.read(customerId);
    return state === null ? null : newestProfile(state);
  }

  /** The destination's gate lets a customer's delivery through again. */
  release(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    const isHeld = this.#change(customerId, (state) => recall.release(state, policy, now), policy);
    if (!isHeld) this.#customers.dropHold(customerId, policy.key);
  }

  /** A customer's dead letter is tried again. */
  replay(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    this.#change(customerId, (state) => recall.replay(state, policy, now), policy);
  }

  /** The destination gets a customer's newest profile, unless it has it. */
  backfill(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    this.#change(customerId, (state) => recall.backfill(state, policy, now), policy);
  }

  /** The destination gets a customer's newest profile once more. */
  resync(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    this.#change(customerId, (state) => recall.resync(state, policy, now), policy);
  }

  /** A job refused some of those that it had accepted, by the keys that the destination knows them by. */
  refute({ job, key, complaints }: Refutation, policy: AppliedPolicy, now: number): void {
    const words = new Map(complaints.map((complaint) => [complaint.key, complaint.error]));
    for (const customerId of this.#customers.inJob(policy.key, job)) {
      this.#change(
        customerId,
        (state) => {
          const sent = state.versions[state.destinations[policy.key]?.delivered ?? 0];
          const value = sent === undefined ? null : keyOf(sent, key);
          const error = value === null ? undefined : words.get(value);
          return error === undefined ? state : refute(state, policy, { job, error }, now);
        },
        policy,
      );
    }
  }

  /** A job is lost: all whom it was to write are due again. */
  redo(job: string, policy: AppliedPolicy, error: string, now: number): void {
    for (const customerId of this.#customers.inJob(policy.key, job)) {
      this.#change(customerId, (state) => redo(state, policy, { job, error }, now), policy);
    }
  }

  /** What is left of a customer of whom there is no state, or none that can be read. */
  #remainsOf(customerId: CustomerId, digest: string): Tombstone | null {
    return this.#customers.remainsOf(customerId) ?? this.#tombstones.read(digest);
  }

  /** Whether anything was changed. */
  #change(
    customerId: CustomerId,
    change: (state: CustomerState) => CustomerState,
    policy: AppliedPolicy,
  ): boolean {
    const before = this.#customers.read(customerId);
    const after = before === null ? null : change(before);
    if (before === null || after === before) return false;
    this.#write(customerId, after, before, [policy]);
    return true;
  }

  /** Stores a state, and names the destinations that were given up on by it. */
  #write(
    customerId: CustomerId,
    state: CustomerState | null,
    before: CustomerState | null,
    policies: readonly AppliedPolicy[],
  ): void {
    this.#customers.write(customerId, state, before);
    for (const policy of policies) {
      const dead = state?.destinations[policy.key]?.dead ?? null;
      const wasDead = before?.destinations[policy.key]?.dead ?? null;
      if (dead !== null && dead !== wasDead) this.#onDead(customerId, policy, dead.reason);
    }
  }
}
