// The gate's rules: who may call a destination now, and what is learned from each call. Pure functions;
// limits and waits belong to the CRM, so all consumers share one gate per destination.
import * as v from "valibot";
import type { Rate } from "../destinations/destination.ts";
import { breakerSchema, CLEAN, learn, probe } from "./breaker.ts";
import { storedTimeSchema } from "../time.ts";
import type { CallReport } from "./call.ts";
import { draw, type Grant, type RateState, UNUSED } from "./rate.ts";

/** Whoever is told of a pause asks again after this, so that even a lost resume heals. */
export const PAUSE_POLL_MS = 15 * 60 * 1000;
/** While a probe is out, the others ask again this often: its answer may open the gate at any moment. */
const PROBE_POLL_MS = 5_000;

export const PAUSED = "paused by an operator";
export const ASKED_TO_WAIT = "the destination asked to wait";

/**
 * What keeps a gate shut, as stored. Times are in ms of Unix time. Each part stands by itself: an operator's pause
 * outlives a breaker that cannot be read any more.
 */
export const latchSchema = v.object({
  pausedSince: v.fallback(v.nullable(storedTimeSchema), null),
  /** The CRM asked everybody to wait until then. */
  askedUntil: v.fallback(storedTimeSchema, 0),
  breaker: v.fallback(breakerSchema, CLEAN),
});
export type Latch = v.InferOutput<typeof latchSchema>;

/** One destination's gate. The rate may be forgotten, the latch may not. */
export interface GateState {
  readonly rate: RateState;
  readonly latch: Latch;
}

/** A gate that nobody has passed yet. */
export const FRESH: GateState = {
  rate: UNUSED,
  latch: { pausedSince: null, askedUntil: 0, breaker: CLEAN },
};

/** How long a gate stays closed, and why. */
export interface Wait {
  /** Until it is worth asking again; with a reason and 0, at once. */
  readonly waitMs: number;
  /** `null` when the gate is open. */
  readonly reason: string | null;
}

/** An open gate's word. */
export const NO_WAIT: Wait = { waitMs: 0, reason: null };

/** How many requests may be sent now, and when the others may ask again. */
export interface Admission extends Grant {
  /** Why the gate is closed; `null` when it is open and only its rate is used up. */
  readonly reason: string | null;
  /** The one request granted is to find out whether the destination is well again. */
  readonly isProbe: boolean;
}

/** Grants up to `wanted` requests: as the rate allows, one while the breaker is open, none while waiting. */
export function admit(
  state: GateState,
  wanted: number,
  rate: Rate,
  now: number,
): { readonly state: GateState; readonly admission: Admission } {
  const { latch } = state;
  const wait = waitOf(state, now);
  if (wait.waitMs > 0) {
    return { state, admission: { granted: 0, spacingMs: 0, isProbe: false, ...wait } };
  }
  const { closure } = latch.breaker;
  const drawn = draw(state.rate, closure === null ? wanted : 1, rate, now);
  const next = { ...state, rate: drawn.state };
  if (closure === null || drawn.grant.granted === 0) {
    const reason = closure?.reason ?? null;
    return { state: next, admission: { ...drawn.grant, reason, isProbe: false } };
  }
  const probing = { ...next, latch: { ...latch, breaker: probe(closure, now) } };
  const admission = { ...drawn.grant, ...waitOf(probing, now), isProbe: true };
  return { state: probing, admission };
}

/** Learns from calls, in the order in which they ended. */
export function report(state: GateState, calls: readonly CallReport[], now: number): GateState {
  const latch = calls.reduce((known, call) => learnFrom(known, call, now), state.latch);
  return latch === state.latch ? state : { ...state, latch };
}

/** An operator wants nobody to pass. */
export function pause(state: GateState, now: number): GateState {
  const { latch } = state;
  return latch.pausedSince === null ? { ...state, latch: { ...latch, pausedSince: now } } : state;
}

/** An operator wants the destination to be tried now; a wait that the CRM itself asked for goes on. */
export function resume(state: GateState): GateState {
  return { ...state, latch: { ...state.latch, pausedSince: null, breaker: CLEAN } };
}

/** How long the gate stays closed for whoever asks now, and why. */
export function waitOf({ latch }: GateState, now: number): Wait {
  if (latch.pausedSince !== null) return { waitMs: PAUSE_POLL_MS, reason: PAUSED };
  const askedMs = Math.max(0, latch.askedUntil - now);
  const { closure } = latch.breaker;
  if (closure === null) return askedMs > 0 ? { waitMs: askedMs, reason: ASKED_TO_WAIT } : NO_WAIT;
  const closedMs = Math.max(0, closure.until - now);
  const pollMs = closure.isProbing ? Math.min(closedMs, PROBE_POLL_MS) : closedMs;
  return { waitMs: Math.max(askedMs, pollMs), reason: closure.reason };
}

/** When somebody may pass again, unless it is paused; a time that has passed means now. */
export function opensAt({ askedUntil, breaker }: Latch): number {
  return Math.max(askedUntil, breaker.closure?.until ?? 0);
}

function learnFrom(latch: Latch, call: CallReport, now: number): Latch {
  const askedUntil =
    call.waitMs > 0 ? Math.max(latch.askedUntil, now + call.waitMs) : latch.askedUntil;
  const breaker = learn(latch.breaker, call, now);
  const isSame = askedUntil === latch.askedUntil && breaker === latch.breaker;
  return isSame ? latch : { ...latch, askedUntil, breaker };
}
