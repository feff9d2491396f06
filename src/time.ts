// Times as the API tells them.

/** A time in ms of Unix time as RFC 3339 in UTC, with three fraction digits. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
