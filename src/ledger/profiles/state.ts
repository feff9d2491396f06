// One customer's row in the ledger: the newest profile, and what each destination knows of it.
import * as v from "valibot";
import { profileSchema } from "../../profile/profile.ts";
import { storedTimeSchema } from "../../time.ts";
import { turnEntries } from "../turn.ts";

const integer = v.pipe(v.number(), v.integer());

/**
 * What one destination knows. It is pending when `acknowledged` is behind the newest sequence, or when
 * it is to be sent `again`, unless it is dead; nothing else says so, so nothing can contradict it.
 * Times are in ms of Unix time.
 */
const destinationStateSchema = v.object({
  ...turnEntries,
  /** The newest sequence it is in step with; 0 when there is none. */
  acknowledged: integer,
  /** The sequence of the profile it was last sent; behind `acknowledged` where `only_on` spared calls. */
  delivered: integer,
  /** When it was last claimed: the minimum interval counts from here. */
  claimedAt: storedTimeSchema,
  /** Since when it is behind; `null` when it is in step. */
  behindSince: v.nullable(storedTimeSchema),
  /** An operator wants the newest sent once more, acknowledged or not. */
  again: v.boolean(),
  /** The destination's job that is to write what it was last sent; `null` when it is none. */
  job: v.optional(v.nullable(v.string()), null),
  /** Set when it was given up on. The next update makes it due again. */
  dead: v.nullable(v.object({ at: storedTimeSchema, reason: v.string() })),
});
export type DestinationState = v.InferOutput<typeof destinationStateSchema>;

export const timelineEntrySchema = v.object({
  at: storedTimeSchema,
  event: v.picklist([
    "recorded",
    "delivered",
    "accepted",
    "unchanged",
    "failed",
    "held",
    "lease_lost",
    "dead_lettered",
    "replayed",
    "resynced",
    "backfilled",
    "erased",
  ]),
  sequence: integer,
  destination: v.optional(v.string()),
  status: v.optional(integer),
  detail: v.optional(v.string()),
});
export type TimelineEntry = v.InferOutput<typeof timelineEntrySchema>;

/** The state of one customer, as stored. */
export const customerStateSchema = v.object({
  /** Counts what was accepted, 1, 2, 3 …; an erasure counts too. */
  sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** How often the newest was claimed: tells a row that shows a claim from one that does not. */
  claims: v.optional(integer, 0),
  /** The newest event's time, or until when an erased customer stays forgotten (RFC 3339). */
  occurredAt: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,7}Z$/)),
  /** Ids of the events accepted at exactly that time, latest last. */
  eventIds: v.array(v.string()),
  /** Profiles by sequence: the newest, and those a destination holds or is being sent. */
  versions: v.record(v.string(), profileSchema),
  /** By the key under which the roster knows a destination. */
  destinations: v.record(v.string(), destinationStateSchema),
  timeline: v.array(timelineEntrySchema),
});
export type CustomerState = v.InferOutput<typeof customerStateSchema>;

/** An erased customer: until when an event is too old to bring it back, and where to count on from. */
export interface Tombstone {
  readonly occurredUntil: string;
  readonly sequence: number;
}
