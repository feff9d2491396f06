// How long a CRM asks to be left alone.

/** A CRM's wish to wait is honoured up to this. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Milliseconds that a `Retry-After` asks for, in seconds or as an HTTP date (RFC 9110 §10.2.3), at
 * most 24 h; `null` when it asks for nothing that can be understood.
 */
export function retryAfterMs(header: string | null, now: number): number | null {
  const value = header?.trim() ?? "";
  if (value === "") return null;
  // Date.parse makes a date of "-5" as well; HTTP's dates begin with the day of the week.
  const date = /^[A-Z]/i.test(value) ? Date.parse(value) - now : Number.NaN;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Math.ceil(Number(value) * 1000) : date;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
