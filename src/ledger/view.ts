// A customer's deliveries as an operator sees them: where each destination stands, and what happened.
import * as v from "valibot";
import { timeSchema, toTime } from "../time.ts";
import type { AppliedPolicy } from "./policy.ts";
import { isPending, newestProfile } from "./profiles/standing.ts";
import { type CustomerState, timelineEntrySchema } from "./profiles/state.ts";
import type { Stream } from "./streams/stream.ts";
import { type Turn, turnDueAt } from "./turn.ts";

const integer = v.pipe(v.number(), v.integer());

/** Where a destination stands with a customer. */
const deliveryStateSchema = v.picklist(["synced", "pending", "in_flight", "held", "dead"]);
export type DeliveryState = v.InferOutput<typeof deliveryStateSchema>;

/** One destination of one customer. Times are RFC 3339 in UTC; sequence 0 is none. */
export const deliveryViewSchema = v.strictObject({
  id: v.string(),
  state: deliveryStateSchema,
  acknowledged_sequence: integer,
  newest_sequence: integer,
  attempts: v.pipe(integer, v.description("Failed attempts since the last success.")),
  next_attempt_at: v.nullable(timeSchema),
  last_outcome: v.pipe(
    v.nullable(v.string()),
    v.description(
      "How the last attempt ended: `accepted` is taken, to be written later, and not yet known to be.",
    ),
  ),
  last_status: v.nullable(integer),
  last_error: v.pipe(
    v.nullable(v.string()),
    v.description("What it said last, or why it is held."),
  ),
  events_waiting: v.pipe(
    integer,
    v.description(
      "Events that wait to be delivered one by one, where the destination asks for such.",
    ),
  ),
  events_dead: integer,
});
export type DeliveryView = Readonly<v.InferOutput<typeof deliveryViewSchema>>;

/** The answer of `GET /v1/profiles/{customer_id}/deliveries`. */
export const deliveriesViewSchema = v.strictObject({
  customer_id: v.string(),
  newest_sequence: integer,
  destinations: v.pipe(v.array(deliveryViewSchema), v.readonly()),
  timeline: v.pipe(
    v.array(v.strictObject({ ...timelineEntrySchema.entries, at: timeSchema })),
    v.readonly(),
    v.description("The last 20 things that happened, oldest first."),
  ),
});
export type DeliveriesView = Readonly<v.InferOutput<typeof deliveriesViewSchema>>;

/** One customer's stream and how many of its events are dead. */
export interface StreamStanding {
  readonly stream: Stream;
  readonly dead: number;
}

/** What is to be shown of one delivery, be it of the newest profile or of events. */
interface Course extends Turn {
  readonly acknowledged: number;
  readonly isPending: boolean;
  readonly isDead: boolean;
}

/** A customer's state for an operator's eyes; `null` when nothing is known of the customer. */
export function viewDeliveries(
  customerId: string,
  known: {
    readonly state: CustomerState | null;
    readonly streams: ReadonlyMap<string, StreamStanding>;
    readonly policies: readonly AppliedPolicy[];
    readonly now: number;
  },
): DeliveriesView | null {
  const { streams, policies, now } = known;
  const state = known.state !== null && newestProfile(known.state) !== null ? known.state : null;
  if (state === null && streams.size === 0) return null;
  const newest = state?.sequence ?? 0;
  return {
    customer_id: customerId,
    newest_sequence: newest,
    destinations: policies.flatMap((policy) => {
      const streaming = streams.get(policy.key) ?? null;
      const course = newestCourse(state, policy) ?? (streaming && streamCourse(streaming));
      return course === null ? [] : [view(policy, course, streaming, newest, now)];
    }),
    timeline: (state?.timeline ?? []).map((entry) => ({ ...entry, at: toTime(entry.at) })),
  };
}

function newestCourse(state: CustomerState | null, { key }: AppliedPolicy): Course | null {
  const known = state?.destinations[key];
  if (state === null || known === undefined) return null;
  return { ...known, isPending: isPending(known, state.sequence), isDead: known.dead !== null };
}

function streamCourse({ stream, dead }: StreamStanding): Course {
  return { ...stream, isPending: stream.waiting > 0, isDead: dead > 0 };
}

function view(
  policy: AppliedPolicy,
  course: Course,
  streaming: StreamStanding | null,
  newest: number,
  now: number,
): DeliveryView {
  const nextAt = course.held === null ? turnDueAt(course, course.isPending) : policy.opensAt;
  return {
    id: policy.id,
    state: standing(course, now),
    acknowledged_sequence: course.acknowledged,
    newest_sequence: newest,
    attempts: course.failures,
    next_attempt_at: nextAt === null ? null : toTime(nextAt),
    last_outcome: course.last?.outcome ?? null,
    last_status: course.last?.status ?? null,
    last_error: course.held ?? course.last?.error ?? null,
    events_waiting: streaming?.stream.waiting ?? 0,
    events_dead: streaming?.dead ?? 0,
  };
}

function standing(course: Course, now: number): DeliveryState {
  if (course.lease !== null && course.lease.until > now) return "in_flight";
  if (course.isPending) return course.held === null ? "pending" : "held";
  return course.isDead ? "dead" : "synced";
}
