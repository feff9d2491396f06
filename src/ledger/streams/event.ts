// An event on a stream: what it says, and what became of one that was given up on.
import * as v from "valibot";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../topics.ts";
import { notificationSchema } from "../../profile/notification.ts";
import { profileSchema } from "../../profile/profile.ts";
import { storedTimeSchema } from "../../time.ts";

/** The content of an event, by its topic. */
export const contentSchema = v.variant("topic", [
  v.object({ topic: v.literal(PROFILE_TOPIC), profile: profileSchema }),
  v.object({ topic: v.literal(NOTIFICATION_TOPIC), notification: notificationSchema }),
]);
export type Content = v.InferOutput<typeof contentSchema>;

/** An event that waits, or did. */
export interface QueuedEvent {
  readonly number: number;
  /** In ms of Unix time; counted anew when it is replayed. */
  readonly waitingSince: number;
  readonly content: Content;
}

/** Why and when an event was given up on. */
export const deathSchema = v.object({
  at: storedTimeSchema,
  reason: v.string(),
  status: v.nullable(v.pipe(v.number(), v.integer())),
  error: v.nullable(v.string()),
});
export type Death = v.InferOutput<typeof deathSchema>;
