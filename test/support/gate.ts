// Calls as a gate is told of them, and a gate's state after some steps.
import type { CallReport } from "../../src/gate/call.ts";
import { admit, FRESH, type GateState, report } from "../../src/gate/rules.ts";

const measured = { isProbe: false, durationMs: 20, waitMs: 0, succeeded: 0, rejected: 0 };

/** A call that went well. */
export const answered: CallReport = {
  ...measured,
  verdict: "answered",
  error: null,
  status: 200,
  succeeded: 1,
  failed: 0,
};

/** A call to a destination that is not well. */
export const failed: CallReport = {
  ...measured,
  verdict: "failed",
  error: "HTTP 503: down",
  status: 503,
  failed: 1,
};

/** A call that was turned away with its credentials. */
export const refused: CallReport = {
  ...measured,
  verdict: "refused",
  error: "the credentials were refused: HTTP 401",
  status: 401,
  failed: 1,
};

/** A call that was answered with a wish to wait. */
export function busy(waitMs: number): CallReport {
  return { ...measured, waitMs, verdict: "busy", error: "HTTP 429", status: 429, failed: 1 };
}

/** The same call, let through by a closed gate. */
export function asProbe(call: CallReport): CallReport {
  return { ...call, isProbe: true };
}

/** So many of the same. */
export function times<T>(count: number, item: T): T[] {
  return Array.from({ length: count }, () => item);
}

/** Steps are from one state of a gate to the next. */
export type Step = (state: GateState) => GateState;

/** What a fresh gate becomes. */
export function after(...steps: readonly Step[]): GateState {
  return steps.reduce((state, step) => step(state), FRESH);
}

/** Calls are reported. */
export function reported(now: number, ...calls: readonly CallReport[]): Step {
  return (state) => report(state, calls, now);
}

/** One request is asked for. */
export function asked(now: number): Step {
  return (state) => admit(state, 1, { limit: 100, perSeconds: 1 }, now).state;
}
