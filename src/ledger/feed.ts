// What a partition makes due by itself: customers that a gate held, dead letters that are replayed,
// profiles that are backfilled. A destination is fed as fast as it takes them, and never flooded.
import type { CustomerId } from "../profile/customer-id.ts";
import { earliest } from "../time.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import type { Destinations } from "./destinations.ts";
import { type AppliedPolicy, LEASE_MS } from "./policy.ts";
import { advanceSweep, appetite, forgetClosure, isSweeping, type SweepKind } from "./roster.ts";
import type { Profiles } from "./profiles/profiles.ts";
import type { PartitionStore } from "./store/store.ts";
import type { Streams } from "./streams/streams.ts";

/** The order in which sweeps are fed: who waits longest comes first. */
const SWEEPS: readonly SweepKind[] = ["replay", "backfill"];

/** Feeds the destinations of one partition. */
export class Feed {
  readonly #store: PartitionStore;
  readonly #destinations: Destinations;
  readonly #profiles: Profiles;
  readonly #streams: Streams;

  constructor(
    store: PartitionStore,
    destinations: Destinations,
    profiles: Profiles,
    streams: Streams,
  ) {
    this.#store = store;
    this.#destinations = destinations;
    this.#profiles = profiles;
    this.#streams = streams;
  }

  /** Makes as many customers due as each destination may have under way. */
  feed(now: number): void {
    for (const policy of this.#destinations.all(now)) {
      if (!this.#hasFood(policy)) continue;
      let room = this.#room(policy, now);
      for (const customerId of this.#store.crowds.held(policy.key, room)) {
        this.#profiles.release(customerId, policy, now);
        this.#streams.release(customerId, policy);
        room -= 1;
      }
      for (const kind of SWEEPS) room -= this.#sweep(policy, kind, room, now);
      if (!this.#hasHeld(policy)) {
        this.#destinations.change(policy.id, (entry) => forgetClosure(entry, now));
      }
    }
  }

  /** When to feed next; `null` while that depends on what is under way. */
  wakeAt(now: number): number | null {
    const times = this.#destinations.all(now).flatMap((policy) => {
      if (!this.#hasFood(policy)) return [];
      if (policy.opensAt !== null) return [policy.opensAt];
      return this.#room(policy, now) > 0 ? [now] : [];
    });
    return earliest(times);
  }

  /** When the first of the closed gates is to be asked; `null` when none is known to be closed. */
  opensAt(now: number): number | null {
    return earliest(this.#destinations.all(now).flatMap(({ opensAt }) => opensAt ?? []));
  }

  /** A customer's dead letters of a destination are tried again. */
  replay(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    this.#profiles.replay(customerId, policy, now);
    this.#streams.replay(customerId, policy, now);
  }

  /** A destination gets a customer's newest profile once more. */
  resync(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    switch (policy.profiles) {
      case "latest":
        return this.#profiles.resync(customerId, policy, now);
      case "every":
        return this.#append(customerId, policy, now);
      case "none":
    }
  }

  /** Goes on with a sweep, by at most so many customers; by how many it was. */
  #sweep(policy: AppliedPolicy, kind: SweepKind, room: number, now: number): number {
    const entry = this.#destinations.entry(policy.id);
    const sweep = entry[kind];
    if (room <= 0 || sweep === null || !isSweeping(entry, kind)) return 0;
    const customers =
      kind === "replay"
        ? this.#store.crowds.dead(policy.key, sweep.after, room)
        : this.#store.customers.after(sweep.after, room);
    for (const customerId of customers) {
      if (kind === "replay") this.replay(customerId, policy, now);
      else if (sweep.all) this.resync(customerId, policy, now);
      else this.#backfill(customerId, policy, now);
    }
    const advanced = advanceSweep(sweep, customers, room, now);
    this.#destinations.change(policy.id, (known) => ({ ...known, [kind]: advanced }));
    return customers.length;
  }

  #backfill(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    switch (policy.profiles) {
      case "latest":
        return this.#profiles.backfill(customerId, policy, now);
      case "every": {
        const stream = this.#store.events.readStream({ customerId, key: policy.key });
        const newest = this.#profiles.newest(customerId)?.sequence ?? 0;
        if ((stream?.appended ?? 0) < newest) this.#append(customerId, policy, now);
        return;
      }
      case "none":
    }
  }

  #append(customerId: CustomerId, policy: AppliedPolicy, now: number): void {
    const profile = this.#profiles.newest(customerId);
    if (profile === null) return;
    this.#streams.append(customerId, policy, { topic: PROFILE_TOPIC, profile }, now);
  }

  /** How many more customers may be under way to a destination. */
  #room(policy: AppliedPolicy, now: number): number {
    const most = appetite(this.#destinations.entry(policy.id), now);
    return most - this.#store.crowds.countUnderWay(policy.key, now + LEASE_MS, most);
  }

  #hasFood(policy: AppliedPolicy): boolean {
    const entry = this.#destinations.entry(policy.id);
    return SWEEPS.some((kind) => isSweeping(entry, kind)) || this.#hasHeld(policy);
  }

  #hasHeld(policy: AppliedPolicy): boolean {
    const { closure } = this.#destinations.entry(policy.id);
    return closure !== null && this.#store.crowds.held(policy.key, 1).length > 0;
  }
}
