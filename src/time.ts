// Times as the API tells them.
import * as v from "valibot";

/** RFC 3339, in UTC. The format is told to readers of the API's description; nothing checks it. */
export const timeSchema = v.pipe(v.string(), v.metadata({ format: "date-time" }));

/** A time in ms of Unix time as RFC 3339 in UTC, with three fraction digits. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
