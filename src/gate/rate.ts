// A destination's rate: how many requests may be sent now, and when the others may ask again. Pure.
import type { Rate } from "../destinations/destination.ts";

/** What was granted lately. Times are in ms of Unix time. */
export interface RateState {
  /** Requests granted, oldest first; those older than the rate's window are gone. */
  readonly grants: readonly { readonly at: number; readonly count: number }[];
  /** Those told to come back later were promised the rate up to here. */
  readonly promisedUntil: number;
}

/** Nothing was granted. */
export const UNUSED: RateState = { grants: [], promisedUntil: 0 };

/** How many requests may be sent now, and when the others may ask again. */
export interface Grant {
  readonly granted: number;
  /** Until the first of the others may ask, and from each to the next. */
  readonly waitMs: number;
  readonly spacingMs: number;
}

/**
 * Grants up to `wanted` requests, never more than `rate.limit` within any `rate.perSeconds`. Those
 * that come too late are given times one behind the other, so that they do not all return at once. Where some
 * are granted, nobody is promised a time yet: whoever has sent them asks again for the others.
 */
export function draw(
  state: RateState,
  wanted: number,
  rate: Rate,
  now: number,
): { readonly state: RateState; readonly grant: Grant } {
  const windowMs = rate.perSeconds * 1000;
  const recent = state.grants.filter(({ at }) => at > now - windowMs);
  const used = recent.reduce((sum, { count }) => sum + count, 0);
  const granted = Math.max(0, Math.min(wanted, rate.limit - used));
  const grants = granted > 0 ? [...recent, { at: now, count: granted }] : recent;
  if (granted === wanted) {
    return { state: { ...state, grants }, grant: { granted, waitMs: 0, spacingMs: 0 } };
  }
  const spacingMs = windowMs / rate.limit;
  const freeAt = (grants[0]?.at ?? now) + windowMs;
  const from = Math.max(freeAt, state.promisedUntil);
  const promisedUntil = granted > 0 ? state.promisedUntil : from + wanted * spacingMs;
  return {
    state: { grants, promisedUntil },
    grant: { granted, waitMs: from - now, spacingMs },
  };
}
