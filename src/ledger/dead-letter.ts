// A dead letter as an operator sees it: whose, since when, and in the destination's own words why.
import * as v from "valibot";
import { type CustomerId, customerIdSchema } from "../profile/customer-id.ts";
import { timeSchema, toTime } from "../time.ts";
import { newestProfile } from "./profiles/standing.ts";
import type { CustomerState } from "./profiles/state.ts";
import type { DeadEvent } from "./store/events.ts";
import { PROFILE_TOPIC, TOPICS } from "../topics.ts";

/** One dead letter. Times are RFC 3339 in UTC. */
export const deadLetterSchema = v.strictObject({
  customer_id: customerIdSchema,
  topic: v.picklist(TOPICS),
  event_id: v.nullable(v.string()),
  sequence: v.pipe(v.number(), v.integer()),
  reason: v.string(),
  since: timeSchema,
  last_status: v.nullable(v.pipe(v.number(), v.integer())),
  last_error: v.pipe(
    v.nullable(v.string()),
    v.description("The beginning of the destination's last answer, without its secrets."),
  ),
});
export type DeadLetter = Readonly<v.InferOutput<typeof deadLetterSchema>>;

/** Where a page of dead letters ends. Number 0 is the newest profile's. */
export interface DeadLetterPlace {
  readonly customerId: string;
  readonly number: number;
}

/** The dead letter of a customer's newest profile; `null` when the destination is not dead. */
export function profileLetter(
  customerId: CustomerId,
  state: CustomerState,
  key: string,
): DeadLetter | null {
  const known = state.destinations[key];
  if (known?.dead == null) return null;
  return {
    customer_id: customerId,
    topic: PROFILE_TOPIC,
    event_id: newestProfile(state)?.event_id ?? null,
    sequence: state.sequence,
    reason: known.dead.reason,
    since: toTime(known.dead.at),
    last_status: known.last?.status ?? null,
    last_error: known.last?.error ?? null,
  };
}

/** The dead letter of an event. */
export function eventLetter(customerId: CustomerId, { content, death }: DeadEvent): DeadLetter {
  const event = content.topic === PROFILE_TOPIC ? content.profile : content.notification;
  return {
    customer_id: customerId,
    topic: content.topic,
    event_id: event.event_id,
    sequence: event.sequence,
    reason: death.reason,
    since: toTime(death.at),
    last_status: death.status,
    last_error: death.error,
  };
}
