// What the ledger must know of a destination to keep it in step, and its constants.
import type { Destination } from "../destinations/destination.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";

/** The lookup store's id among the destinations: its binding's name, which no configured id can be. */
export const PROFILE_STORE = "PROFILES";

/** How long a claim lasts. A consumer starts no attempt that might outlast it. */
export const LEASE_MS = 60_000;

/** Customers that one doorbell stands for. */
export const CUSTOMERS_PER_DOORBELL = 100;

/** How long an erased customer stays forgotten: longer than Gameball's last retry, 85 minutes. */
export const TOMBSTONE_MS = 24 * 60 * 60 * 1000;

/** Workers KV takes one write a second per key (Cloudflare docs, KV limits). */
export const KV_MIN_INTERVAL_MS = 1000;
const KV_GIVE_UP_AFTER_MS = 72 * 60 * 60 * 1000;

/** The part of a destination's configuration that the ledger's transitions read. */
export interface DestinationPolicy extends Pick<
  Destination,
  "id" | "minIntervalMs" | "onlyOn" | "giveUpAfterMs"
> {
  /** The newest profile, every one in turn, or none. */
  readonly profiles: "latest" | "every" | "none";
  readonly notifications: boolean;
}

/** A policy as a partition applies it now. */
export interface AppliedPolicy extends DestinationPolicy {
  /** Under this key the partition keeps what the destination knows; see the roster. */
  readonly key: string;
  /** Why the destination's gate is closed; `null` when it is not known to be. */
  readonly closed: string | null;
  /** When the gate is asked again (ms of Unix time); `null` when it is not known to be closed. */
  readonly opensAt: number | null;
}

/** The policies of all destinations; the lookup store is the first of them. */
export function policiesOf(destinations: readonly Destination[]): readonly DestinationPolicy[] {
  const profileStore = {
    id: PROFILE_STORE,
    minIntervalMs: KV_MIN_INTERVAL_MS,
    onlyOn: [],
    giveUpAfterMs: KV_GIVE_UP_AFTER_MS,
    profiles: "latest" as const,
    notifications: false,
  };
  const crms = destinations.map((destination) => ({
    ...destination,
    profiles: destination.topics.includes(PROFILE_TOPIC) ? destination.deliver : ("none" as const),
    notifications: destination.topics.includes(NOTIFICATION_TOPIC),
  }));
  return [profileStore, ...crms];
}
