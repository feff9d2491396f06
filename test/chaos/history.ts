// What a run leaves behind for the judge: plain data, nothing of servers and processes in it.
import type { Changes } from "../../src/profile/changes.ts";
import type { Fault } from "./faults.ts";
import type { CrmId, Update } from "./schedule.ts";

/** The values of a profile by dotted path, without those that are not known and those of its event. */
export type Content = Readonly<Record<string, unknown>>;

/**
 * One event as a CRM received it. It `answered` when it applied the event and its answer left; the answer was
 * `lost` when it applied the event and knows that the answer did not reach the relay; else it `refused`, and
 * applied nothing. Times are in ms of Unix time.
 */
export interface Receipt {
  readonly at: number;
  readonly customer: string;
  readonly sequence: number;
  readonly step: number;
  readonly content: Content;
  readonly changes: Changes | null;
  /** Until the answer has left or is lost, the connection's end decides. */
  ending: "answered" | "lost" | "refused" | "open";
  endedAt: number;
}

/** What a CRM was sent and what it holds. */
export interface CrmHistory {
  readonly id: CrmId;
  /** Only changes below these paths are told to it; none means all. */
  readonly onlyOn: readonly string[];
  /** In the order in which they came. */
  readonly receipts: readonly Receipt[];
  /** By customer, as the CRM itself keeps it. */
  readonly database: ReadonlyMap<string, Content>;
  readonly calls: Readonly<Record<Fault, number>>;
}

/** How the relay answered a webhook in the end; `sends` counts those that got no answer, too. */
export interface Answered {
  readonly update: Update;
  readonly outcome: string;
  readonly sends: number;
}

/** A customer as the relay knows it: by its ledger, and by KV. `null` where it does not. */
export interface Known {
  readonly ledger: Content | null;
  readonly store: Content | null;
}

/** A whole run. */
export interface History {
  readonly crms: readonly CrmHistory[];
  readonly webhooks: readonly Answered[];
  /** When the relay was killed (ms of Unix time). */
  readonly kills: readonly number[];
  /** By customer. */
  readonly known: ReadonlyMap<string, Known>;
}
