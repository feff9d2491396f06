// What the API's shorter answers, and its pages, consist of. Nothing checks them when they are given: they
// are the source of types, and of the API's description.
import * as v from "valibot";
import { faultSchema } from "../faults.ts";
import { deadLetterSchema } from "../ledger/dead-letter.ts";
import { profileSchema } from "../profile/profile.ts";
import { destinationViewSchema } from "./destination-view.ts";

const integer = v.pipe(v.number(), v.integer());
const nextCursor = v.pipe(
  v.nullable(v.string()),
  v.description("The `cursor` of the next page; null when this is the last."),
);

/** The relay is ready. */
export const healthySchema = v.strictObject({ status: v.literal("ok") });
export type Healthy = Readonly<v.InferOutput<typeof healthySchema>>;

/** The relay takes nothing, and why. */
export const misconfiguredSchema = v.strictObject({
  status: v.literal("misconfigured"),
  faults: v.pipe(v.array(faultSchema), v.readonly()),
});
export type Misconfigured = Readonly<v.InferOutput<typeof misconfiguredSchema>>;

/** A webhook was taken; the ledger has it. */
export const takenSchema = v.strictObject({
  outcome: v.literal("accepted"),
  event_id: v.string(),
  sequence: v.pipe(integer, v.description("Counts what was accepted of this customer: 1, 2, 3 …")),
});
export type Taken = Readonly<v.InferOutput<typeof takenSchema>>;

/** A webhook was right, and changes nothing. */
export const passedOverSchema = v.strictObject({
  outcome: v.picklist(["duplicate", "stale", "ignored"]),
});
export type PassedOver = Readonly<v.InferOutput<typeof passedOverSchema>>;

/** An order was taken, and is carried out from now on. */
export const acceptedSchema = v.strictObject({ outcome: v.literal("accepted") });
export type Accepted = Readonly<v.InferOutput<typeof acceptedSchema>>;

/** One page of profiles. */
export const profilePageSchema = v.strictObject({
  profiles: v.pipe(v.array(profileSchema), v.readonly()),
  next_cursor: nextCursor,
});
export type ProfilePage = Readonly<v.InferOutput<typeof profilePageSchema>>;

/** One page of dead letters. */
export const deadLetterPageSchema = v.strictObject({
  dead_letters: v.pipe(v.array(deadLetterSchema), v.readonly()),
  next_cursor: nextCursor,
});
export type DeadLetterPage = Readonly<v.InferOutput<typeof deadLetterPageSchema>>;

/** All destinations, in the order of the configuration. */
export const destinationListSchema = v.strictObject({
  destinations: v.pipe(v.array(destinationViewSchema), v.readonly()),
});
export type DestinationList = Readonly<v.InferOutput<typeof destinationListSchema>>;

/** How a destination answered a sample. */
export const trialAnswerSchema = v.strictObject({
  outcome: v.picklist(["delivered", "accepted", "retry", "held", "rejected", "split"]),
  status: v.pipe(v.nullable(integer), v.description("Null when there was no answer.")),
  latency_ms: v.number(),
  error: v.nullable(v.string()),
});
export type TrialAnswer = Readonly<v.InferOutput<typeof trialAnswerSchema>>;
