// How long a CRM asks to be left alone: by Retry-After, or by the reset of its rate.

/** A CRM's wish to wait is honoured up to this. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** Headers that say when a rate begins anew. Where something of it remains, it was not what stopped the call. */
const RESETS = [
  { reset: "x-ratelimit-reset", remaining: "x-ratelimit-remaining" },
  { reset: "ratelimit-reset", remaining: "ratelimit-remaining" },
];

/** From here on a number is a time, of 2001 and later; as a wait it would be 30 years. */
const MIN_EPOCH_SECONDS = 1e9;
/** The year 5138 in seconds, or 1973 in milliseconds. */
const MIN_EPOCH_MS = 1e11;

/**
 * Milliseconds that an answer asks everybody to wait, at most 24 h; `null` when it asks for nothing
 * that can be understood. `Retry-After` goes before the resets. Only for answers that are to be tried
 * again: many vendors send a reset with every answer.
 */
export function wishToWaitMs(headers: Headers, now: number): number | null {
  const resets = RESETS.map(({ reset, remaining }) =>
    Number(headers.get(remaining)) > 0 ? null : resetMs(headers.get(reset), now),
  );
  const wishes = [retryAfterMs(headers.get("retry-after"), now), ...resets];
  const ms = wishes.find((wish) => wish !== null) ?? null;
  return ms === null ? null : Math.min(Math.max(ms, 0), MAX_WAIT_MS);
}

/** `Retry-After`, in seconds or as an HTTP date (RFC 9110 §10.2.3). */
function retryAfterMs(header: string | null, now: number): number | null {
  const seconds = numberIn(header);
  if (seconds !== null) return Math.ceil(seconds * 1000);
  // Date.parse makes a date of "-5" as well; HTTP's dates begin with the day of the week.
  const date = /^[A-Z]/i.test(header ?? "") ? Date.parse(header ?? "") : Number.NaN;
  return Number.isNaN(date) ? null : date - now;
}

/**
 * A reset is a time in epoch seconds with most vendors, in milliseconds with some, and the seconds
 * until then in the IETF's draft (draft-ietf-httpapi-ratelimit-headers-07 §5.3). Their sizes tell
 * them apart, and must: GitLab puts epoch seconds into the IETF's header.
 */
function resetMs(header: string | null, now: number): number | null {
  const reset = numberIn(header);
  if (reset === null) return null;
  if (reset < MIN_EPOCH_SECONDS) return Math.ceil(reset * 1000);
  return Math.ceil(reset < MIN_EPOCH_MS ? reset * 1000 : reset) - now;
}

/** A number without a sign; `null` for any other text. */
function numberIn(header: string | null): number | null {
  return header !== null && /^\d+(\.\d+)?$/.test(header) ? Number(header) : null;
}
