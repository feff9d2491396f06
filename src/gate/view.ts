// A gate as an operator sees it: its state and why, when it is tried next, its figures, its last errors.
import * as v from "valibot";
import { timeSchema, toTime } from "../time.ts";
import { ASKED_TO_WAIT, type Latch, opensAt, PAUSED } from "./rules.ts";
import {
  type Failure,
  failureSchema,
  type Minute,
  type QuarterView,
  ratesOf,
  ratesSchema,
} from "./statistics.ts";

/** The longest span of minutes that a view tells of. */
export const VIEWED_MINUTES = 60;

/** Whether a destination gets deliveries; it is `open` while it only asked to wait. */
const conditionSchema = v.picklist(["open", "paused", "held", "breaker_open"]);
export type GateCondition = v.InferOutput<typeof conditionSchema>;

/** A call in which something went wrong, and how many of its deliveries did not succeed. */
const failureViewSchema = v.strictObject({ ...failureSchema.entries, at: timeSchema });
export type FailureView = Readonly<v.InferOutput<typeof failureViewSchema>>;

/** The entries of what `GET /v1/destinations` says of a gate. Times are RFC 3339 in UTC. */
export const gateViewEntries = {
  state: conditionSchema,
  reason: v.nullable(v.string()),
  since: v.pipe(v.nullable(timeSchema), v.description("Since when it is not open.")),
  next_attempt_at: v.pipe(
    v.nullable(timeSchema),
    v.description("When it is tried again; null when that is now, or up to the operator."),
  ),
  rates: v.strictObject({ last_5_minutes: ratesSchema, last_60_minutes: ratesSchema }),
  last_errors: v.pipe(v.array(failureViewSchema), v.readonly(), v.description("Newest first.")),
};
const gateViewSchema = v.strictObject(gateViewEntries);
export type GateView = Readonly<v.InferOutput<typeof gateViewSchema>>;

/** A gate with its figures of the last day, by quarters of an hour in which there was a call, oldest first. */
export interface GateHistory {
  readonly view: GateView;
  readonly quarters: readonly QuarterView[];
}

/** A gate for an operator's eyes. */
export function viewGate(
  latch: Latch,
  minutes: readonly Minute[],
  newestFailures: readonly Failure[],
  now: number,
): GateView {
  return {
    ...standing(latch, now),
    rates: {
      last_5_minutes: ratesOf(minutes, 5, now),
      last_60_minutes: ratesOf(minutes, VIEWED_MINUTES, now),
    },
    last_errors: newestFailures.map((failure) => ({ ...failure, at: toTime(failure.at) })),
  };
}

/** What keeps a gate shut: an operator's pause before anything else. */
export function conditionOf({ pausedSince, breaker }: Latch): GateCondition {
  return pausedSince === null ? (breaker.closure?.kind ?? "open") : "paused";
}

type Standing = Pick<GateView, "state" | "reason" | "since" | "next_attempt_at">;

function standing(latch: Latch, now: number): Standing {
  const { pausedSince, breaker } = latch;
  const state = conditionOf(latch);
  if (pausedSince !== null) {
    return { state, reason: PAUSED, since: toTime(pausedSince), next_attempt_at: null };
  }
  const next_attempt_at = opensAt(latch) > now ? toTime(opensAt(latch)) : null;
  if (breaker.closure !== null) {
    const { reason, since } = breaker.closure;
    return { state, reason, since: toTime(since), next_attempt_at };
  }
  const reason = next_attempt_at === null ? null : ASKED_TO_WAIT;
  return { state, reason, since: null, next_attempt_at };
}
