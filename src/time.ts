// Times as the API tells them.
import * as v from "valibot";

/** RFC 3339, in UTC. The format is told to readers of the API's description; nothing checks it. */
export const timeSchema = v.pipe(v.string(), v.metadata({ format: "date-time" }));

/** The last time that RFC 3339 can spell: the end of the year 9999, in ms of Unix time. */
const LAST_MS = 253_402_300_799_999;

/** A stored time in ms of Unix time: one that can be told, and for which an alarm can be set. */
export const storedTimeSchema = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LAST_MS - 366 * 24 * 60 * 60 * 1000),
);

/** A time in ms of Unix time as RFC 3339 in UTC, with three fraction digits. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** The earlier of two times, either of which may never come. */
export function earlier(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

/** The first of some times; `null` when there are none. */
export function earliest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.min(...times);
}
