// What a lane is: one destination's deliveries within one run of the consumer.
import type { ClaimedDelivery } from "../ledger/claim.ts";
import type { Settlement } from "../ledger/settle.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { Profile } from "../profile/profile.ts";

/** A claimed delivery on its way, with the partition that must hear of it. */
export interface Consignment extends ClaimedDelivery {
  readonly partition: number;
  readonly customerId: CustomerId;
  /** `null`: forget the customer. */
  readonly profile: Profile | null;
}

/** A consignment and how it ended. */
export interface Settled {
  readonly consignment: Consignment;
  readonly settlement: Settlement;
}

/** Until when a lane may work (ms of Unix time). */
export interface Deadline {
  /** By then every request must have ended, or it could outlast its lease. */
  readonly endBy: number;
  /** After this no request is begun; it is moved closer when the run has ended. */
  startBy: number;
}

/** Delivers everything it is given, one way or the other: every consignment comes back settled. */
export type Lane = (
  consignments: readonly Consignment[],
  deadline: Deadline,
) => Promise<readonly Settled[]>;
