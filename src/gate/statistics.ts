// A destination's figures: what is counted each minute, and what is made of some minutes together. Pure.
import * as v from "valibot";
import type { CallReport } from "./call.ts";
import { storedTimeSchema, toTime } from "../time.ts";
import { addLatency, mergeLatencies, percentileMs } from "./latency.ts";

const MINUTE_MS = 60_000;
const MINUTES_PER_QUARTER = 15;
/** Characters of what went wrong that are kept for the operator. */
const MAX_ERROR = 500;

const integer = v.pipe(v.number(), v.integer());

const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** The calls of a minute, as stored. */
export const countsSchema = v.object({
  calls: counter,
  /** Deliveries by how they ended. */
  succeeded: counter,
  rejected: counter,
  failed: counter,
  latencies: v.record(v.pipe(v.string(), v.regex(/^\d{1,3}$/)), counter),
});
export type Counts = v.InferOutput<typeof countsSchema>;

/** No call. */
export const NONE: Counts = { calls: 0, succeeded: 0, rejected: 0, failed: 0, latencies: {} };

/** A minute (of Unix time) and its calls. */
export interface Minute {
  readonly minute: number;
  readonly counts: Counts;
}

/** A call in which something went wrong, as stored. */
export const failureSchema = v.object({
  /** In ms of Unix time. */
  at: storedTimeSchema,
  status: v.nullable(integer),
  error: v.string(),
  /** Those that did not succeed. */
  deliveries: integer,
});
export type Failure = v.InferOutput<typeof failureSchema>;

/** A quarter of an hour (of Unix time) and its calls. */
export interface Quarter {
  readonly quarter: number;
  readonly counts: Counts;
}

/** What an operator is shown of some minutes; a rate or percentile of nothing is `null`. */
export const ratesSchema = v.strictObject({
  calls: integer,
  deliveries: integer,
  succeeded: integer,
  success_rate: v.pipe(v.nullable(v.number()), v.description("0 to 1; null where nothing ended.")),
  latency_p50_ms: v.nullable(v.number()),
  latency_p95_ms: v.nullable(v.number()),
});
export type Rates = Readonly<v.InferOutput<typeof ratesSchema>>;

/** What an operator is shown of a quarter of an hour; a percentile of nothing is `null`. */
export interface QuarterView {
  /** When it began, RFC 3339 in UTC. */
  readonly at: string;
  /** Deliveries by how they ended. */
  readonly succeeded: number;
  readonly rejected: number;
  readonly failed: number;
  readonly latency_p50_ms: number | null;
  readonly latency_p95_ms: number | null;
}

/** A quarter of an hour for an operator's eyes. */
export function viewQuarter({ quarter, counts }: Quarter): QuarterView {
  const { succeeded, rejected, failed, latencies } = counts;
  return {
    at: toTime(firstMinuteOf(quarter) * MINUTE_MS),
    succeeded,
    rejected,
    failed,
    latency_p50_ms: percentileMs(latencies, 0.5),
    latency_p95_ms: percentileMs(latencies, 0.95),
  };
}

/** The minute of a time, counted from the beginning of Unix time. */
export function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS);
}

/** The quarter of an hour that a minute is in. */
export function quarterOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_QUARTER);
}

/** The first minute of a quarter. */
export function firstMinuteOf(quarter: number): number {
  return quarter * MINUTES_PER_QUARTER;
}

/** Minutes as the quarters of an hour that they are in, oldest first. */
export function foldMinutes(minutes: readonly Minute[]): Quarter[] {
  const quarters = Map.groupBy(minutes, ({ minute }) => quarterOf(minute));
  return [...quarters]
    .map(([quarter, group]) => ({ quarter, counts: sumCounts(group.map(({ counts }) => counts)) }))
    .toSorted((left, right) => left.quarter - right.quarter);
}

/** Adds calls to a minute's. */
export function count(counts: Counts, calls: readonly CallReport[]): Counts {
  return calls.reduce(
    (total, call) => ({
      calls: total.calls + 1,
      succeeded: total.succeeded + call.succeeded,
      rejected: total.rejected + call.rejected,
      failed: total.failed + call.failed,
      latencies: addLatency(total.latencies, call.durationMs),
    }),
    counts,
  );
}

/** The calls in which something went wrong, in their order. */
export function failuresOf(calls: readonly CallReport[], now: number): Failure[] {
  return calls.flatMap(({ status, error, rejected, failed }) =>
    error === null
      ? []
      : [{ at: now, status, error: error.slice(0, MAX_ERROR), deliveries: rejected + failed }],
  );
}

/** The figures of the last `span` minutes, of which the current one is the last. */
export function ratesOf(minutes: readonly Minute[], span: number, now: number): Rates {
  const first = minuteOf(now) - span + 1;
  const counted = minutes.filter(({ minute }) => minute >= first).map(({ counts }) => counts);
  const { calls, succeeded, rejected, failed, latencies } = sumCounts(counted);
  const deliveries = succeeded + rejected + failed;
  return {
    calls,
    deliveries,
    succeeded,
    success_rate: deliveries === 0 ? null : succeeded / deliveries,
    latency_p50_ms: percentileMs(latencies, 0.5),
    latency_p95_ms: percentileMs(latencies, 0.95),
  };
}

function sumCounts(counts: readonly Counts[]): Counts {
  return counts.reduce(add, NONE);
}

function add(left: Counts, right: Counts): Counts {
  return {
    calls: left.calls + right.calls,
    succeeded: left.succeeded + right.succeeded,
    rejected: left.rejected + right.rejected,
    failed: left.failed + right.failed,
    latencies: mergeLatencies(left.latencies, right.latencies),
  };
}
