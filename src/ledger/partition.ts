// One partition of the ledger: many customers, one writer, and the time at which it must wake. It
// applies the transitions to a store; its own memory may be lost at any moment.
import type { CustomerId } from "../profile/customer-id.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import type { ProfileEvent } from "../profile/profile.ts";
import { earlier } from "../time.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import { Bell, type Hailed } from "./bell.ts";
import { Destinations } from "./destinations.ts";
import { Feed } from "./feed.ts";
import { Operator } from "./operator.ts";
import type { AppliedPolicy, DestinationPolicy } from "./policy.ts";
import { type ClaimedCustomer, Profiles } from "./profiles/profiles.ts";
import type { Refutation } from "./profiles/refute.ts";
import { open, type SweepKind, type SweepOrder } from "./roster.ts";
import type { PartitionStore } from "./store/store.ts";
import type { Content } from "./streams/event.ts";
import { notice } from "./streams/notification-log.ts";
import { type ClaimedEvent, Streams } from "./streams/streams.ts";
import type { Settlement } from "./turn.ts";

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
 * A result, when the partition must be awake again on its account (ms of Unix time), how many doorbells are to
 * be rung once it is stored, and what was given up on meanwhile.
 */
export interface Woken<T> {
  readonly result: T;
  readonly wakeAt: number | null;
  readonly doorbells: number;
  readonly buried: readonly Buried[];
}

/**
 * The rules of a partition. Besides its result each method says by when the partition must be awake
 * again; whoever calls it sets the alarm no later than that.
 */
export class Partition {
  readonly #store: PartitionStore;
  readonly #destinations: Destinations;
  readonly #profiles: Profiles;
  readonly #streams: Streams;
  readonly #feed: Feed;
  readonly #operator: Operator;
  readonly #bell: Bell;
  readonly #buried: Buried[] = [];

  constructor(store: PartitionStore, policies: readonly DestinationPolicy[]) {
    const bury = (customerId: CustomerId, { id }: AppliedPolicy, reason: string): void => {
      this.#buried.push({ destination: id, customerId, reason });
    };
    this.#store = store;
    this.#destinations = new Destinations(store, policies);
    this.#profiles = new Profiles(store, bury);
    this.#streams = new Streams(store.events, bury);
    this.#feed = new Feed(store, this.#destinations, this.#profiles, this.#streams);
    this.#operator = new Operator(store, this.#destinations, this.#feed);
    this.#bell = new Bell(store);
  }

  /** Destinations that it knew, and that are not configured any more. */
  get dropped(): readonly string[] {
    return this.#destinations.dropped;
  }

  /** Records a webhook; `digest` is its customer's. */
  record(event: ProfileEvent, digest: string, now: number): Woken<RecordResult> {
    const { latest, every } = this.#policies(now);
    const recorded = this.#profiles.record(event, { digest, policies: latest, now });
    if (recorded.outcome !== "accepted") return this.#woken(recorded, null);
    const { outcome, profile, dueAt } = recorded;
    for (const policy of every) {
      this.#streams.append(event.customer_id, policy, { topic: PROFILE_TOPIC, profile }, now);
    }
    // Whoever else is due has his alarm. Nor is anybody to be fed because of this customer: at most it waits for a
    // gate.
    const hailed = this.#bell.hail(every.length > 0 ? now : dueAt, now);
    return this.#hailed({ outcome, sequence: profile.sequence }, hailed, now);
  }

  /** Takes a notification for those that ask for them; `digest` is its customer's. */
  notify(event: NotificationEvent, digest: string, now: number): Woken<RecordResult> {
    const { tombstones, events } = this.#store;
    const customerId = event.customer_id;
    const tombstone = tombstones.read(digest);
    const noticed = notice(events.readLog(customerId), event, { now, tombstone });
    if (noticed.outcome !== "accepted") return this.#woken(noticed, null);
    const { outcome, log } = noticed;
    const { sequence } = log;
    events.writeLog(customerId, log);
    const content: Content = { topic: NOTIFICATION_TOPIC, notification: { ...event, sequence } };
    for (const policy of this.#destinations.all(now)) {
      if (policy.notifications) this.#streams.append(customerId, policy, content, now);
    }
    return this.#hailed({ outcome, sequence }, this.#bell.hail(events.earliestDue(), now), now);
  }

  /** A consumer answers a doorbell: it claims up to `limit` customers, those that are due longest. */
  claim(
    limit: number,
    context: { readonly now: number; readonly leaseId: string },
  ): Woken<Claimed> {
    const { now } = context;
    const { all, latest } = this.#policies(now);
    const customers = this.#profiles.claim(limit, { ...context, policies: latest });
    const events = this.#store.events.due(now, limit).flatMap((name) => {
      const policy = all.find(({ key }) => key === name.key);
      const event = policy === undefined ? null : this.#streams.claim(name, policy, context);
      return event === null ? [] : [event];
    });
    this.#bell.answered(customers.length + events.length);
    return this.#woken({ customers, events }, this.nextWake(now));
  }

  /** A consumer settles what it delivered. */
  settle(
    settled: readonly SettledDelivery[],
    context: { readonly now: number; readonly random: () => number },
  ): Woken<null> {
    const { now } = context;
    const { all } = this.#policies(now);
    const known = settled.flatMap(({ destination, ...result }) => {
      const policy = all.find(({ id }) => id === destination);
      return policy === undefined ? [] : [{ ...result, policy }];
    });
    const events = known.filter(({ isEvent }) => isEvent);
    const profiles = known.filter(({ isEvent }) => !isEvent);
    const heard = [...Map.groupBy(profiles, ({ customerId }) => customerId)].flatMap(
      ([customerId, results]) => {
        const claimedAt = this.#profiles.settle(customerId, results, context);
        return results.map((result, index) => ({ ...result, claimedAt: claimedAt[index] ?? null }));
      },
    );
    for (const event of events) {
      const drawn = { now, random: context.random() };
      heard.push({ ...event, claimedAt: this.#streams.settle(event, drawn) });
    }
    this.#destinations.hear(heard, now);
    return this.#woken(null, this.nextWake(now));
  }

  /** Forgets a customer; `digest` is what is left of it for a day. */
  erase(customerId: CustomerId, digest: string, now: number): Woken<null> {
    const expiresAt = this.#profiles.erase(customerId, digest, now);
    this.#store.events.forgetCustomer(customerId);
    return this.#woken(null, earlier(this.nextWake(now), expiresAt));
  }

  /** The alarm: how many doorbells to ring now, and when to look again. */
  alarm(now: number): Woken<number> {
    const nextExpiry = this.#store.tombstones.expire(now);
    this.#feed.feed(now);
    const doorbells = this.#bell.ring(now);
    return this.#woken(doorbells, earlier(nextExpiry, this.nextWake(now)));
  }

  /** A destination's gate opened: what it held is let go. How many doorbells to ring now. */
  open(destination: string, now: number): Woken<number> {
    this.#destinations.change(destination, (entry) => open(entry, now));
    this.#feed.feed(now);
    return this.#woken(this.#bell.ring(now), this.nextWake(now));
  }

  /** A destination's job refused some of the customers that it had accepted. */
  refute(destination: string, refutation: Refutation, now: number): Woken<null> {
    const policy = this.#destinations.find(destination, now);
    if (policy !== null) this.#profiles.refute(refutation, policy, now);
    return this.#woken(null, this.nextWake(now));
  }

  /** A destination's job is lost: what it was to write is sent again. */
  redo(destination: string, job: string, reason: string, now: number): Woken<null> {
    const policy = this.#destinations.find(destination, now);
    if (policy !== null) this.#profiles.redo(job, policy, reason, now);
    return this.#woken(null, this.nextWake(now));
  }

  /**
   * Goes through all customers, or all dead letters, of a destination, unless that is under way or done with
   * this start. How many doorbells to ring now.
   */
  sweep(destination: string, kind: SweepKind, order: SweepOrder, now: number): Woken<number> {
    this.#operator.sweep(destination, kind, order);
    this.#feed.feed(now);
    return this.#woken(this.#bell.ring(now), this.nextWake(now));
  }

  /** Does what an operator asks for. */
  steer<T>(act: (operator: Operator) => T, now: number): Woken<T> {
    return this.#woken(act(this.#operator), this.nextWake(now));
  }

  /** A doorbell could not be sent after all. */
  ringFailed(): void {
    this.#bell.rest();
  }

  /** When to look for due customers, whatever happened before; `null` when nothing is ever due. */
  nextWake(now: number): number | null {
    const ringAt = this.#bell.ringAt();
    // An alarm feeds, too: only where none is due now does it matter whom there is to feed.
    return ringAt !== null && ringAt <= now ? ringAt : earlier(ringAt, this.#feed.wakeAt(now));
  }

  /** The policies as they apply now: all, and by what they want of profiles. */
  #policies(now: number) {
    const all = this.#destinations.all(now);
    const { latest = [], every = [] } = Object.groupBy(all, ({ profiles }) => profiles);
    return { all, latest, every };
  }

  /** Something new has come. */
  #hailed<T>(result: T, { doorbells, ringAt }: Hailed, now: number): Woken<T> {
    return { ...this.#woken(result, earlier(ringAt, this.#feed.opensAt(now))), doorbells };
  }

  #woken<T>(result: T, wakeAt: number | null): Woken<T> {
    return { result, wakeAt, doorbells: 0, buried: this.#buried.splice(0) };
  }
}
