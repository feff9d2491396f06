// What an operator asks of a partition, and does to it.
import type { CustomerId } from "../profile/customer-id.ts";
import type { Profile } from "../profile/profile.ts";
import { type CustomerView, holdingsOf } from "./customer-view.ts";
import {
  type DeadLetter,
  type DeadLetterPlace,
  eventLetter,
  profileLetter,
} from "./dead-letter.ts";
import type { Destinations } from "./destinations.ts";
import type { Feed } from "./feed.ts";
import { startSweep, type SweepKind, type SweepOrder } from "./roster.ts";
import { newestProfile } from "./profiles/standing.ts";
import type { Crowd } from "./store/crowds.ts";
import type { PartitionStore } from "./store/store.ts";
import { type DeliveriesView, viewDeliveries } from "./view.ts";

/**
 * A sweep's progress. Times are in ms of Unix time. A replay is done with a customer who is due again, a
 * backfill only once the delivery has ended.
 */
export interface SweepProgress {
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly total: number;
  readonly done: number;
}

/** How one destination stands in one partition. */
export interface Survey {
  readonly crowd: Crowd;
  readonly backfill: SweepProgress | null;
  readonly replay: SweepProgress | null;
}

/** One page of dead letters. */
export interface DeadLetterPage {
  readonly letters: readonly DeadLetter[];
  /** Where the next page begins; `null` when this is the last. */
  readonly next: DeadLetterPlace | null;
}

/** One page of profiles, in the order of their customers' ids. */
export interface ProfilePage {
  readonly profiles: readonly Profile[];
  /** The customer behind whom the next page begins; `null` when this is the last. */
  readonly next: CustomerId | null;
}

/** Characters of JSON after which a page of profiles ends: all of it must fit into one answer. */
const MAX_PAGE_SIZE = 1024 * 1024;
/** Customers that a page looks at, however few profiles are asked for. */
const MIN_LOOKED_AT = 100;

/** The operator's side of one partition. Destinations are named by their ids. */
export class Operator {
  readonly #store: PartitionStore;
  readonly #destinations: Destinations;
  readonly #feed: Feed;

  constructor(store: PartitionStore, destinations: Destinations, feed: Feed) {
    this.#store = store;
    this.#destinations = destinations;
    this.#feed = feed;
  }

  /** A destination gets a customer's newest profile once more, or all do; whether there is a profile. */
  resync(customerId: CustomerId, destination: string | null, now: number): boolean {
    const state = this.#store.customers.read(customerId);
    if (state === null || newestProfile(state) === null) return false;
    for (const policy of this.#destinations.all(now)) {
      if (destination !== null && policy.id !== destination) continue;
      this.#feed.resync(customerId, policy, now);
    }
    return true;
  }

  /** Tries some customers' dead letters of a destination again. */
  replay(customerIds: readonly CustomerId[], destination: string, now: number): void {
    const policy = this.#destinations.find(destination, now);
    if (policy === null) return;
    for (const customerId of customerIds) this.#feed.replay(customerId, policy, now);
  }

  /**
   * Begins to go through all customers, or all dead letters, of a destination, unless that goes on already
   * or was done with this very start.
   */
  sweep(destination: string, kind: SweepKind, order: SweepOrder): void {
    const policy = this.#destinations.find(destination, order.startedAt);
    if (policy === null) return;
    const { crowds, customers } = this.#store;
    const total =
      kind === "backfill" ? customers.count() : (crowds.survey().get(policy.key)?.dead ?? 0);
    this.#destinations.change(destination, (entry) => startSweep(entry, kind, { ...order, total }));
  }

  /** How every destination stands, by its id. */
  survey(now: number): ReadonlyMap<string, Survey> {
    const crowds = this.#store.crowds.survey();
    const surveys = this.#destinations.all(now).map(({ id, key }) => {
      const crowd = crowds.get(key) ?? { behind: 0, behindSince: null, dead: 0, deadLetters: 0 };
      const backfill = this.#progress(id, key, "backfill", now);
      return [id, { crowd, backfill, replay: this.#progress(id, key, "replay", now) }] as const;
    });
    return new Map(surveys);
  }

  /** A page of a destination's dead letters, by customer, after a place. */
  deadLetters(
    destination: string,
    after: DeadLetterPlace | null,
    limit: number,
    now: number,
  ): DeadLetterPage {
    const key = this.#destinations.find(destination, now)?.key ?? destination;
    const found = this.#deadLetters(key, after, limit);
    const last = found.length > limit ? found[limit - 1] : undefined;
    const letters = found.slice(0, limit).map(({ letter }) => letter);
    return { letters, next: last?.place ?? null };
  }

  /** A page of the profiles with an e-mail address, after a customer. */
  findByEmail(email: string, after: string, limit: number): ProfilePage {
    const { customers } = this.#store;
    return this.#profiles((from, most) => customers.withEmail(email, from, most), after, limit);
  }

  /** A page of the profiles that a destination is behind with, after a customer. */
  behind(destination: string, after: string, limit: number, now: number): ProfilePage {
    const key = this.#destinations.find(destination, now)?.key ?? destination;
    const { crowds } = this.#store;
    return this.#profiles((from, most) => crowds.behind(key, from, most), after, limit);
  }

  /** Where each destination stands with a customer; `null` when nobody knows the customer. */
  deliveries(customerId: CustomerId, now: number): DeliveriesView | null {
    return this.#look(customerId, now).deliveries;
  }

  /** All that is known of a customer; `null` when nobody knows the customer. */
  customer(customerId: CustomerId, now: number): CustomerView | null {
    const { deliveries, state, streams, policies } = this.#look(customerId, now);
    if (deliveries === null) return null;
    const profile = state === null ? null : newestProfile(state);
    return { profile, deliveries, holdings: holdingsOf(state, streams, policies) };
  }

  #look(customerId: CustomerId, now: number) {
    const { customers, events } = this.#store;
    const streams = new Map(
      [...events.streamsOf(customerId)].map(([key, stream]) => {
        return [key, { stream, dead: events.countDead({ customerId, key }) }] as const;
      }),
    );
    const known = {
      state: customers.read(customerId),
      streams,
      policies: this.#destinations.all(now),
    };
    return { ...known, deliveries: viewDeliveries(customerId, { ...known, now }) };
  }

  /** Those of some customers who have a profile: one who is being erased, or only had notifications, has none. */
  #profiles(
    customersAfter: (after: string, limit: number) => readonly CustomerId[],
    after: string,
    limit: number,
  ): ProfilePage {
    // One query, whoever it finds: a page may be short, and even empty, though others follow.
    const looked = Math.max(limit, MIN_LOOKED_AT);
    const found = customersAfter(after, looked + 1);
    const profiles: Profile[] = [];
    let size = 0;
    let last: CustomerId | null = null;
    for (const customerId of found.slice(0, looked)) {
      if (profiles.length === limit || size > MAX_PAGE_SIZE) return { profiles, next: last };
      last = customerId;
      const state = this.#store.customers.read(customerId);
      const profile = state === null ? null : newestProfile(state);
      if (profile === null) continue;
      profiles.push(profile);
      size += JSON.stringify(profile).length;
    }
    return { profiles, next: found.length > looked ? last : null };
  }

  /** At most one more than the limit, to know whether a page follows. */
  #deadLetters(
    key: string,
    after: DeadLetterPlace | null,
    limit: number,
  ): { readonly letter: DeadLetter; readonly place: DeadLetterPlace }[] {
    const { customers, crowds, events } = this.#store;
    const wanted = limit + 1;
    const eventsOf = (customerId: CustomerId, from: number) =>
      events.dead({ customerId, key }, from, wanted).map((event) => ({
        letter: eventLetter(customerId, event),
        place: { customerId, number: event.number },
      }));
    const found = after === null ? [] : eventsOf(after.customerId as CustomerId, after.number);
    for (const customerId of crowds.dead(key, after?.customerId ?? "", wanted)) {
      if (found.length >= wanted) break;
      const state = customers.read(customerId);
      const letter = state === null ? null : profileLetter(customerId, state, key);
      if (letter !== null) found.push({ letter, place: { customerId, number: 0 } });
      found.push(...eventsOf(customerId, 0));
    }
    return found.slice(0, wanted);
  }

  #progress(id: string, key: string, kind: SweepKind, now: number): SweepProgress | null {
    const sweep = this.#destinations.entry(id)[kind];
    if (sweep === null) return null;
    const { startedAt, finishedAt, total, visited, after } = sweep;
    // While it goes on, a newer update makes some of these; once it is through, only its own are left.
    const visitedUntil = finishedAt ?? now;
    const underWay =
      kind === "backfill" ? this.#store.crowds.countBehindUpTo(key, after, visitedUntil) : 0;
    return {
      startedAt,
      finishedAt: underWay === 0 ? finishedAt : null,
      // Customers come and go meanwhile.
      total: finishedAt === null ? Math.max(total, visited) : visited,
      done: Math.max(0, visited - underWay),
    };
  }
}
