// A customer's deliveries as an operator sees them: where each destination stands, and what happened.
import { toTime } from "../time.ts";
import type { AppliedPolicy } from "./policy.ts";
import { isPending, newestProfile } from "./profiles/standing.ts";
import type { CustomerState } from "./profiles/state.ts";
import type { Stream } from "./streams/stream.ts";
import { type Turn, turnDueAt } from "./turn.ts";

/** Where a destination stands with a customer. */
export type DeliveryState = "synced" | "pending" | "in_flight" | "held" | "dead";

/** One destination of one customer. Times are RFC 3339 in UTC; sequence 0 is none. */
export interface DeliveryView {
  readonly id: string;
  readonly state: DeliveryState;
  readonly acknowledged_sequence: number;
  readonly newest_sequence: number;
  /** Failed attempts since the last success. */
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  /** How the last attempt ended: `accepted` is taken, to be written later, and not yet known to be. */
  readonly last_outcome: string | null;
  readonly last_status: number | null;
  /** What it said last, or why it is held. */
  readonly last_error: string | null;
  /** Events that wait to be delivered one by one, where the destination asks for such. */
  readonly events_waiting: number;
  readonly events_dead: number;
}

/** The answer of `GET /v1/profiles/{customer_id}/deliveries`. */
export interface DeliveriesView {
  readonly customer_id: string;
  readonly newest_sequence: number;
  readonly destinations: readonly DeliveryView[];
  readonly timeline: readonly Readonly<Record<string, unknown>>[];
}

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
