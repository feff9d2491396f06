// The gate's rules: how much of a CRM's rate is left, and until when it wants to be left alone. Pure
// functions; limits and waits belong to the CRM, so all consumers share one gate per destination.
import type { Rate } from "../destinations/destination.ts";

const HOLD_MS = 30_000;
const MAX_HOLD_MS = 15 * 60 * 1000;
/** A probe that was let through and never reported is taken for lost after this. */
const PROBE_MS = 60_000;
/** Meanwhile the others ask again this often: the probe's answer may open the gate at any moment. */
const PROBE_POLL_MS = 5_000;

/** One destination's gate. Times are in ms of Unix time. */
export interface GateState {
  /** Requests granted lately, oldest first; those older than the rate's window are gone. */
  readonly grants: readonly { readonly at: number; readonly count: number }[];
  /** Those told to come back later were promised the rate up to here. */
  readonly promisedUntil: number;
  readonly closed: Closed;
}

/** Why and until when nobody passes. */
export interface Closed {
  readonly until: number;
  readonly reason: string;
  /** Refusals of the whole destination in a row: credentials, a vanished endpoint. */
  readonly holds: number;
  /** After a refusal a single request is let through, to see; nobody follows until it is reported. */
  readonly isProbing: boolean;
}

export const OPEN: Closed = { until: 0, reason: "", holds: 0, isProbing: false };

/** How many requests may be sent now, and when the others may ask again. */
export interface Admission {
  readonly granted: number;
  /** Until the first of the others may ask, and from each to the next. */
  readonly waitMs: number;
  readonly spacingMs: number;
  /** Why the gate is closed; `null` when it is open and only its rate is used up. */
  readonly reason: string | null;
}

/** How long a gate stays closed, and why. */
export interface Wait {
  readonly waitMs: number;
  readonly reason: string;
}

/** What a consumer learned of a destination. */
export interface Report {
  /** The destination answered, and not with a refusal of everybody. */
  readonly isAnswering: boolean;
  /** Everybody is to wait so long; `null` when the destination did not ask for it. */
  readonly waitMs: number | null;
  /** Why everything must be held (credentials, a vanished endpoint); `null` when it need not. */
  readonly hold: string | null;
}

/**
 * Grants up to `wanted` requests, never more than `rate.limit` within any `rate.perSeconds`. Those
 * that come too late are given times one behind the other, so that they do not all return at once.
 */
export function admit(
  state: GateState,
  wanted: number,
  rate: Rate,
  now: number,
): { readonly state: GateState; readonly admission: Admission } {
  const { closed } = state;
  if (now < closed.until) {
    return { state, admission: { granted: 0, spacingMs: 0, ...waitOf(state, now) } };
  }
  const windowMs = rate.perSeconds * 1000;
  const grants = state.grants.filter(({ at }) => at > now - windowMs);
  const used = grants.reduce((sum, { count }) => sum + count, 0);
  const isProbe = closed.holds > 0;
  const granted = Math.max(0, Math.min(wanted, rate.limit - used, isProbe ? 1 : wanted));
  const after = granted > 0 ? [...grants, { at: now, count: granted }] : grants;
  if (isProbe && granted > 0) {
    const probing = { ...closed, until: now + PROBE_MS, isProbing: true };
    const next = { ...state, grants: after, closed: probing };
    return { state: next, admission: { granted, spacingMs: 0, ...waitOf(next, now) } };
  }
  if (granted === wanted) {
    const admission = { granted, waitMs: 0, spacingMs: 0, reason: null };
    return { state: { ...state, grants: after }, admission };
  }
  const spacingMs = windowMs / rate.limit;
  const freeAt = (after[0]?.at ?? now) + windowMs;
  const from = Math.max(freeAt, state.promisedUntil);
  const promisedUntil = from + (wanted - granted) * spacingMs;
  const admission = { granted, waitMs: from - now, spacingMs, reason: null };
  return { state: { ...state, grants: after, promisedUntil }, admission };
}

/** Learns from a call: a wish to wait or a refusal closes the gate, an answer opens it. */
export function report(
  state: GateState,
  { isAnswering, waitMs, hold }: Report,
  now: number,
): GateState {
  const { closed } = state;
  if (hold !== null) {
    // Calls that were under way when the first refusal came say nothing new.
    if (closed.holds > 0 && now < closed.until && !closed.isProbing) return state;
    const holdMs = Math.min(HOLD_MS * 2 ** closed.holds, MAX_HOLD_MS);
    const until = now + Math.max(holdMs, waitMs ?? 0);
    return { ...state, closed: { until, reason: hold, holds: closed.holds + 1, isProbing: false } };
  }
  if (waitMs !== null && waitMs > 0) {
    const until = Math.max(closed.isProbing ? 0 : closed.until, now + waitMs);
    return { ...state, closed: { ...OPEN, until, reason: "the destination asked to wait" } };
  }
  // An answer ends a hold; a wait that was asked for goes on.
  return isAnswering && closed.holds > 0 ? { ...state, closed: OPEN } : state;
}

/** How long the gate stays closed, and why. */
export function waitOf({ closed }: GateState, now: number): Wait {
  const untilOpen = Math.max(0, closed.until - now);
  const waitMs = closed.isProbing ? Math.min(untilOpen, PROBE_POLL_MS) : untilOpen;
  return { waitMs, reason: closed.reason };
}
