// How the rest of the relay speaks to the ledger: which partition a customer is in, and its methods.
import { jurisdictionOf } from "../config.ts";
import type { Env } from "../env.ts";
import { restrict } from "../jurisdiction.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import type { CustomerView } from "./customer-view.ts";
import type { DeadLetterPlace } from "./dead-letter.ts";
import type { DeadLetterPage, ProfilePage, Survey } from "./operator.ts";
import type { Claimed, RecordResult, SettledDelivery } from "./partition.ts";
import type { Refutation } from "./profiles/refute.ts";
import type { SweepKind, SweepOrder } from "./roster.ts";
import type { DeliveriesView } from "./view.ts";

/** Why a partition takes nothing: the relay's configuration is wrong, or the partitions' count changed. */
export interface Refusal {
  readonly outcome: "refused";
  readonly reason: string;
}

/**
 * The methods of a partition. They return what went wrong and throw only when it is out of reach.
 * Destinations are named by their ids.
 */
export interface LedgerApi {
  record(event: ProfileEvent, digest: string): Promise<RecordResult | Refusal>;
  notify(event: NotificationEvent, digest: string): Promise<RecordResult | Refusal>;
  claim(limit: number): Promise<Claimed>;
  settle(settled: readonly SettledDelivery[]): Promise<void>;
  erase(customerId: CustomerId, digest: string): Promise<void>;
  profile(customerId: CustomerId): Promise<Profile | null>;
  deliveries(customerId: CustomerId): Promise<DeliveriesView | null>;
  customer(customerId: CustomerId): Promise<CustomerView | null>;
  agreeOnPartitions(count: number): Promise<number>;

  /** A destination's gate opened. How many doorbells to ring for what was let go. */
  open(destination: string): Promise<number>;
  /** Whether there is a profile to send again, to one destination or (`null`) to all. */
  resync(customerId: CustomerId, destination: string | null): Promise<boolean>;
  /** Tries the dead letters of some customers again. */
  replay(customerIds: readonly CustomerId[], destination: string): Promise<void>;
  /**
   * Begins to go through all customers, or all dead letters, unless that is under way or done. How many
   * doorbells to ring for the first of them.
   */
  sweep(destination: string, kind: SweepKind, order: SweepOrder): Promise<number>;
  /** A destination's job refused some of those that it had accepted. */
  refute(destination: string, refutation: Refutation): Promise<void>;
  /** A destination's job is lost, and why: what it was to write is sent again. */
  redo(destination: string, job: string, reason: string): Promise<void>;
  survey(): Promise<ReadonlyMap<string, Survey>>;
  deadLetters(
    destination: string,
    after: DeadLetterPlace | null,
    limit: number,
  ): Promise<DeadLetterPage>;
  /** Profiles with an e-mail address, behind a customer ("" for the first page). */
  findByEmail(email: string, after: string, limit: number): Promise<ProfilePage>;
  /** Profiles that a destination is behind with, behind a customer ("" for the first page). */
  behind(destination: string, after: string, limit: number): Promise<ProfilePage>;
}

/** The partition of a customer, by the first 32 bits of its digest. */
export function partitionOf(digest: string, count: number): number {
  return Number.parseInt(digest.slice(0, 8), 16) % count;
}

/** A partition's methods. */
export function ledgerOf(env: Env, partition: number): LedgerApi {
  const namespace = restrict(env.LEDGER, jurisdictionOf(env));
  // The platform's own types turn every method that carries JSON of unknown shape into `never`.
  return namespace.getByName(String(partition)) as unknown as LedgerApi;
}
