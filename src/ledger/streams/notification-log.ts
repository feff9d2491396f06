// Which notifications of a customer the ledger has taken: it numbers them, and knows those that are
// sent again. Pure.
import * as v from "valibot";
import { compareTimes } from "../../gameball/time.ts";
import type { NotificationEvent } from "../../profile/notification.ts";
import { storedTimeSchema } from "../../time.ts";
import type { Tombstone } from "../profiles/state.ts";

/** Longer than Gameball goes on sending the same webhook, 85 minutes. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** Notifications of one customer that are remembered at most. */
const MAX_REMEMBERED = 1_000;

/** The log of one customer, as stored. Times are in ms of Unix time. */
export const notificationLogSchema = v.object({
  /** Counts what was accepted: 1, 2, 3 … */
  sequence: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** The latest accepted, latest last. */
  seen: v.array(v.object({ id: v.string(), at: storedTimeSchema })),
});
export type NotificationLog = v.InferOutput<typeof notificationLogSchema>;

/** What `notice` found, and the log after it. */
export type Noticed =
  | { readonly outcome: "accepted"; readonly log: NotificationLog }
  | { readonly outcome: "duplicate" | "stale" };

/** A notification arrives. One from before the customer's erasure is stale: it would bring back what was forgotten. */
export function notice(
  known: NotificationLog | null,
  event: NotificationEvent,
  context: { readonly now: number; readonly tombstone: Tombstone | null },
): Noticed {
  const { now, tombstone } = context;
  const isForgotten =
    tombstone !== null && compareTimes(event.occurred_at, tombstone.occurredUntil) <= 0;
  if (isForgotten) return { outcome: "stale" };
  const seen = (known?.seen ?? []).filter(({ at }) => now - at < REMEMBERED_MS);
  if (seen.some(({ id }) => id === event.event_id)) return { outcome: "duplicate" };
  const log = {
    sequence: (known?.sequence ?? 0) + 1,
    seen: [...seen, { id: event.event_id, at: now }].slice(-MAX_REMEMBERED),
  };
  return { outcome: "accepted", log };
}
