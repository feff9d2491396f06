// What the ledger must know of a destination to keep it in step, and its constants.
import type { Destination } from "../destinations/destination.ts";

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
export type DestinationPolicy = Pick<
  Destination,
  "id" | "minIntervalMs" | "onlyOn" | "giveUpAfterMs"
>;

/** The policies of all destinations; the lookup store is the first of them. */
export function policiesOf(destinations: readonly Destination[]): readonly DestinationPolicy[] {
  const profileStore = {
    id: PROFILE_STORE,
    minIntervalMs: KV_MIN_INTERVAL_MS,
    onlyOn: [],
    giveUpAfterMs: KV_GIVE_UP_AFTER_MS,
  };
  return [profileStore, ...destinations];
}
