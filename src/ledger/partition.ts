// One partition of the ledger: many customers, one writer, and the time at which it must wake. It
// applies the transitions to a store; its own memory may be lost at any moment.
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import { claim, type ClaimedDelivery } from "./claim.ts";
import { Destinations } from "./destinations.ts";
import { erase } from "./erase.ts";
import { Feed } from "./feed.ts";
import { Operator } from "./operator.ts";
import {
  type AppliedPolicy,
  CUSTOMERS_PER_DOORBELL,
  type DestinationPolicy,
  LEASE_MS,
  TOMBSTONE_MS,
} from "./policy.ts";
import { record } from "./record.ts";
import { hear, lift, type Word } from "./roster.ts";
import { settle } from "./settle.ts";
import { newestProfile } from "./standing.ts";
import type { CustomerState } from "./state.ts";
import type { PartitionStore } from "./store/store.ts";
import type { Content } from "./streams/event.ts";
import { notice } from "./streams/notification-log.ts";
import { type ClaimedEvent, Streams } from "./streams/streams.ts";
import type { Settlement } from "./turn.ts";

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

/** What a consumer claimed: newest profiles, and events that are each delivered in their turn. */
export interface Claimed {
  readonly customers: readonly ClaimedCustomer[];
  readonly events: readonly ClaimedEvent[];
}

/** How one claimed delivery ended, and whose it was. */
export interface SettledDelivery {
  readonly customerId: CustomerId;
  readonly destination: string;
  readonly leaseId: string;
  /** Whether it was an event's, and not the newest profile's. */
  readonly isEvent: boolean;
  readonly settlement: Settlement;
}

/** What recording a webhook came to. */
export type RecordResult =
  | { readonly outcome: "accepted"; readonly sequence: number }
  | { readonly outcome: "duplicate" | "stale" };

/** A delivery that was given up on. */
export interface Buried {
  readonly destination: string;
  readonly customerId: CustomerId;
  readonly reason: string;
}

/**
 * A result, when the partition must be awake again on its account (ms of Unix time), and what was
 * given up on meanwhile.
 */
export interface Woken<T> {
  readonly result: T;
  readonly wakeAt: number | null;
  readonly buried: readonly Buried[];
}

/**
 * The rules of a partition. Besides its result each method says by when the partition must be awake
 * again; whoever calls it sets the alarm no later than that.
 */
export class Partition {
  readonly #store: PartitionStore;
  readonly #destinations: Destinations;
  readonly #streams: Streams;
  readonly #feed: Feed;
  readonly #operator: Operator;
  /** Until then a doorbell is under way, so another would be idle. Losing this costs a doorbell. */
  #rungUntil = 0;
  #buried: Buried[] = [];

  constructor(store: PartitionStore, policies: readonly DestinationPolicy[]) {
    this.#store = store;
    this.#destinations = new Destinations(store, policies);
    this.#streams = new Streams(store.events, (customerId, { id }, reason) =>
      this.#buried.push({ destination: id, customerId, reason }),
    );
    this.#feed = new Feed(store, this.#destinations, this.#streams);
    this.#operator = new Operator(store, this.#destinations, this.#feed);
  }

  /** Records a webhook; `digest` is its customer's. */
  record(event: ProfileEvent, digest: string, now: number): Woken<RecordResult> {
    const { customers } = this.#store;
    const customerId = event.customer_id;
    const policies = this.#destinations.all(now);
    const known = customers.read(customerId);
    const tombstone = known === null ? customers.readTombstone(digest) : null;
    const latest = policies.filter(({ profiles }) => profiles === "latest");
    const recorded = record(known, event, { now, policies: latest, tombstone });
    if (recorded.outcome !== "accepted") return this.#woken(recorded, null);
    const { outcome, state } = recorded;
    customers.write(customerId, state, known);
    const profile = newestProfile(state);
    for (const policy of policies) {
      if (policy.profiles !== "every" || profile === null) continue;
      this.#streams.append(customerId, policy, { topic: PROFILE_TOPIC, profile }, now);
    }
    // The newest customer is due now: no need to ask the store who is due first.
    const ringAt = Math.max(now, this.#rungUntil);
    return this.#woken({ outcome, sequence: state.sequence }, earlier(ringAt, this.#feed.wakeAt(now)));
  }

  /** Takes a notification for those that ask for them; `digest` is its customer's. */
  notify(event: NotificationEvent, digest: string, now: number): Woken<RecordResult> {
    const { customers, events } = this.#store;
    const customerId = event.customer_id;
    const tombstone = customers.readTombstone(digest);
    const noticed = notice(events.readLog(customerId), event, { now, tombstone });
    if (noticed.outcome !== "accepted") return this.#woken(noticed, null);
    const { outcome, log } = noticed;
    const { sequence } = log;
    events.writeLog(customerId, log);
    const notification = { ...event, sequence };
    const content: Content = { topic: NOTIFICATION_TOPIC, notification };
    for (const policy of this.#destinations.all(now)) {
      if (policy.notifications) this.#streams.append(customerId, policy, content, now);
    }
    return this.#woken({ outcome, sequence }, this.nextWake(now));
  }

  /** A consumer answers a doorbell: it claims up to `limit` customers, those that are due longest. */
  claim(
    limit: number,
    context: { readonly now: number; readonly leaseId: string },
  ): Woken<Claimed> {
    const { now } = context;
    const policies = this.#destinations.all(now);
    const customers = this.#claimCustomers(limit, policies, context);
    const events = this.#store.events.due(now, limit).flatMap((name) => {
      const policy = policies.find(({ key }) => key === name.key);
      const event = policy === undefined ? null : this.#streams.claim(name, policy, context);
      return event === null ? [] : [event];
    });
    this.#rungUntil = 0;
    return this.#woken({ customers, events }, this.nextWake(now));
  }

  /** A consumer settles what it delivered. */
  settle(
    settled: readonly SettledDelivery[],
    context: { readonly now: number; readonly random: () => number },
  ): Woken<null> {
    const { now } = context;
    const heard: Heard[] = [];
    const events = settled.filter(({ isEvent }) => isEvent);
    const profiles = settled.filter(({ isEvent }) => !isEvent);
    for (const [customerId, results] of Map.groupBy(profiles, (result) => result.customerId)) {
      heard.push(...this.#settleProfile(customerId, results, context));
    }
    for (const { customerId, destination, leaseId, settlement } of events) {
      const policy = this.#destinations.find(destination, now);
      if (policy === null) continue;
      const drawn = { now, random: context.random() };
      const result = { leaseId, settlement };
      const claimedAt = this.#streams.settle(customerId, policy, result, drawn);
      if (claimedAt !== null) heard.push({ destination, settlement, claimedAt });
    }
    for (const [id, words] of Map.groupBy(heard, ({ destination }) => destination)) {
      this.#destinations.change(id, (entry) => hear(entry, words, now));
    }
    return this.#woken(null, this.nextWake(now));
  }

  /** Forgets a customer; `digest` is what is left of it for a day. */
  erase(customerId: CustomerId, digest: string, now: number): Woken<null> {
    const { customers, events } = this.#store;
    const known = customers.read(customerId);
    const buried = customers.readTombstone(digest);
    const { state, tombstone } = erase(known, { now, tombstone: buried });
    const expiresAt = now + TOMBSTONE_MS;
    customers.writeTombstone(digest, tombstone, expiresAt);
    customers.write(customerId, state, known);
    events.forgetCustomer(customerId);
    return this.#woken(null, earlier(this.nextWake(now), expiresAt));
  }

  /** The alarm: how many doorbells to ring now, and when to look again. */
  alarm(now: number): Woken<number> {
    const { customers } = this.#store;
    const nextExpiry = customers.expireTombstones(now);
    this.#feed.feed(now);
    const doorbells = this.#ring(now);
    return this.#woken(doorbells, earlier(nextExpiry, this.nextWake(now)));
  }

  /** A destination's gate opened: what it held is let go. How many doorbells to ring now. */
  open(destination: string, now: number): Woken<number> {
    this.#destinations.change(destination, (entry) => lift(entry, now));
    this.#feed.feed(now);
    return this.#woken(this.#ring(now), this.nextWake(now));
  }

  /** Does what an operator asks for. */
  steer<T>(act: (operator: Operator) => T, now: number): Woken<T> {
    return this.#woken(act(this.#operator), this.nextWake(now));
  }

  /** A doorbell could not be sent after all. */
  ringFailed(): void {
    this.#rungUntil = 0;
  }

  /** When to look for due customers, whatever happened before; `null` when nothing is ever due. */
  nextWake(now: number): number | null {
    const { customers, events } = this.#store;
    const dueAt = earlier(customers.earliestDue(), events.earliestDue());
    const ringAt = dueAt === null ? null : Math.max(dueAt, this.#rungUntil);
    return earlier(ringAt, this.#feed.wakeAt(now));
  }

  /** How many doorbells to ring for what is due, unless some are under way. */
  #ring(now: number): number {
    if (this.#rungUntil > now) return 0;
    const { customers, events } = this.#store;
    const most = CUSTOMERS_PER_DOORBELL * MAX_DOORBELLS;
    const due = Math.max(customers.countDue(now, most), events.countDue(now, most));
    const doorbells = Math.ceil(due / CUSTOMERS_PER_DOORBELL);
    if (doorbells > 0) this.#rungUntil = now + RING_AGAIN_MS;
    return doorbells;
  }

  #claimCustomers(
    limit: number,
    policies: readonly AppliedPolicy[],
    context: { readonly now: number; readonly leaseId: string },
  ): ClaimedCustomer[] {
    const latest = policies.filter(({ profiles }) => profiles === "latest");
    const claimed: ClaimedCustomer[] = [];
    let size = 0;
    for (const { customerId, state, size: added } of this.#store.customers.due(context.now, limit)) {
      if (size > MAX_CLAIM_SIZE) break;
      size += added;
      const taken = claim(state, { ...context, policies: latest });
      this.#write(customerId, taken.state, state, latest);
      const { profile, deliveries } = taken;
      if (deliveries.length > 0) claimed.push({ customerId, profile, deliveries });
    }
    return claimed;
  }

  /** Settles one customer's deliveries in one write; what those with a good lease had to say. */
  #settleProfile(
    customerId: CustomerId,
    results: readonly SettledDelivery[],
    { now, random }: { readonly now: number; readonly random: () => number },
  ): Heard[] {
    const before = this.#store.customers.read(customerId);
    const policies = this.#destinations.all(now);
    const heard: Heard[] = [];
    let state = before;
    for (const { destination, leaseId, settlement } of results) {
      const policy = policies.find(({ id }) => id === destination);
      if (state === null || policy === undefined) continue;
      const lease = state.destinations[policy.key]?.lease;
      if (lease?.id !== leaseId) continue;
      heard.push({ destination, settlement, claimedAt: lease.until - LEASE_MS });
      state = settle(state, policy, { leaseId, settlement }, { now, random: random() });
    }
    if (state !== before) this.#write(customerId, state, before, policies);
    return heard;
  }

  /** Stores a state, and names the destinations that were given up on by it. */
  #write(
    customerId: CustomerId,
    state: CustomerState | null,
    before: CustomerState | null,
    policies: readonly AppliedPolicy[],
  ): void {
    this.#store.customers.write(customerId, state, before);
    for (const { id, key } of policies) {
      const dead = state?.destinations[key]?.dead ?? null;
      if (dead === null || dead === (before?.destinations[key]?.dead ?? null)) continue;
      this.#buried.push({ destination: id, customerId, reason: dead.reason });
    }
  }

  #woken<T>(result: T, wakeAt: number | null): Woken<T> {
    return { result, wakeAt, buried: this.#buried.splice(0) };
  }
}

/** A word about a destination. */
interface Heard extends Word {
  readonly destination: string;
}

function earlier(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}
