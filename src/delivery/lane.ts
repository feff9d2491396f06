// What a lane is: one destination's deliveries within one run of the consumer.
import type { Delivery } from "../destinations/adapter.ts";
import type { Settlement } from "../ledger/turn.ts";
import type { CustomerId } from "../profile/customer-id.ts";

/** A claimed delivery on its way, with the partition that must hear of it. */
export interface Consignment {
  readonly partition: number;
  readonly customerId: CustomerId;
  readonly destination: string;
  readonly leaseId: string;
  /** 1 for the first attempt since the last success. */
  readonly attempt: number;
  /** Whether it is one event in its turn, and not the newest profile. */
  readonly isEvent: boolean;
  /** `null`: forget the customer. */
  readonly delivery: Delivery | null;
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
