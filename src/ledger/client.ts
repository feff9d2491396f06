// How the rest of the relay speaks to the ledger: which partition a customer is in, and its methods.
import type { Env } from "../env.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import type { ClaimedCustomer, RecordResult, SettledDelivery } from "./partition.ts";
import type { DeliveriesView } from "./view.ts";

/** Why a partition takes nothing: the relay's configuration is wrong, or the partitions' count changed. */
export interface Refusal {
  readonly outcome: "refused";
  readonly reason: string;
}

/** The methods of a partition. They return what went wrong and throw only when it is out of reach. */
export interface LedgerApi {
  record(event: ProfileEvent, digest: string): Promise<RecordResult | Refusal>;
  notify(event: NotificationEvent, digest: string): Promise<RecordResult | Refusal>;
  claim(limit: number): Promise<ClaimedCustomer[]>;
  settle(settled: readonly SettledDelivery[]): Promise<void>;
  erase(customerId: CustomerId, digest: string): Promise<void>;
  profile(customerId: CustomerId): Promise<Profile | null>;
  deliveries(customerId: CustomerId): Promise<DeliveriesView | null>;
  agreeOnPartitions(count: number): Promise<number>;
}

/** The partition of a customer, by the first 32 bits of its digest. */
export function partitionOf(digest: string, count: number): number {
  return Number.parseInt(digest.slice(0, 8), 16) % count;
}

/** A partition's methods. */
export function ledgerOf(env: Env, partition: number): LedgerApi {
  // The platform's own types turn every method that carries JSON of unknown shape into `never`.
  return env.LEDGER.getByName(String(partition)) as unknown as LedgerApi;
}
