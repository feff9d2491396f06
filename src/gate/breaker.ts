// The breaker: a destination that fails, or refuses everybody, is left alone, and asked by one call
// now and then whether it is well again. A hold is a breaker that opens at once and is named for what
// it is. Pure.
import * as v from "valibot";
import { storedTimeSchema } from "../time.ts";
import type { CallReport } from "./call.ts";

/** It opens after so many failed calls in a row … */
const MAX_IN_A_ROW = 5;
/** … or when so many of the last 20 failed. */
const MAX_FAILED = 10;
const HISTORY = 20;

const FIRST_WAIT_MS = 30_000;
const MAX_WAIT_MS = 15 * 60 * 1000;
/** A probe that was let through and never reported is taken for lost after this. */
const PROBE_MS = 60_000;
/** Characters of a vendor's answer within the reason of an open breaker. */
const MAX_WORDS = 120;

const integer = v.pipe(v.number(), v.integer());

const closureSchema = v.object({
  kind: v.picklist(["breaker_open", "held"]),
  reason: v.string(),
  since: storedTimeSchema,
  /** Nobody passes before this; then a single call does, to see. */
  until: storedTimeSchema,
  /** Probes that failed in a row. */
  failedProbes: integer,
  /** A probe is out, and `until` is when it is taken for lost. */
  isProbing: v.boolean(),
});

/** Why and until when nobody passes. Times are in ms of Unix time. */
export type Closure = v.InferOutput<typeof closureSchema>;

/** A breaker as stored. */
export const breakerSchema = v.object({
  /** The last 20 calls, one bit for each, the newest the lowest; 1 is a failure. */
  failures: integer,
  closure: v.nullable(closureSchema),
});
export type Breaker = v.InferOutput<typeof breakerSchema>;

/** A breaker that lets everybody pass, and knows of no failure. */
export const CLEAN: Breaker = { failures: 0, closure: null };

/** Learns from a call. What it does not change is the same object again. */
export function learn(breaker: Breaker, call: CallReport, now: number): Breaker {
  const { closure } = breaker;
  if (closure === null) return watch(breaker, call, now);
  // Calls that were under way when it closed say nothing new.
  return call.isProbe ? judge(closure, call, now) : breaker;
}

/** Lets one call through, to see; the next one only when it is reported, or taken for lost. */
export function probe(closure: Closure, now: number): Breaker {
  return { ...CLEAN, closure: { ...closure, until: now + PROBE_MS, isProbing: true } };
}

/** While it lets everybody pass. */
function watch(breaker: Breaker, call: CallReport, now: number): Breaker {
  switch (call.verdict) {
    case "answered":
      return remember(breaker, 0);
    case "failed": {
      const next = remember(breaker, 1);
      const complaint = complain(next.failures);
      if (complaint === null) return next;
      return close("breaker_open", `${complaint}: ${call.error.slice(0, MAX_WORDS)}`, now);
    }
    case "busy":
      return breaker;
    case "refused":
      return close("held", call.error, now);
  }
}

/** When its probe has come back. */
function judge(closure: Closure, call: CallReport, now: number): Breaker {
  switch (call.verdict) {
    case "answered":
      return CLEAN;
    case "failed":
      return { ...CLEAN, closure: postpone(closure, now) };
    case "busy":
      return { ...CLEAN, closure: { ...closure, until: now, isProbing: false } };
    case "refused": {
      const held = { ...closure, kind: "held", reason: call.error } as const;
      return { ...CLEAN, closure: postpone(held, now) };
    }
  }
}

function remember(breaker: Breaker, failed: 0 | 1): Breaker {
  const failures = ((breaker.failures << 1) | failed) & (2 ** HISTORY - 1);
  return failures === breaker.failures ? breaker : { ...breaker, failures };
}

function complain(failures: number): string | null {
  const inARow = 2 ** MAX_IN_A_ROW - 1;
  if ((failures & inARow) === inARow) return `${MAX_IN_A_ROW} calls in a row failed`;
  const failed = failures.toString(2).replaceAll("0", "").length;
  return failed >= MAX_FAILED ? `${failed} of the last ${HISTORY} calls failed` : null;
}

function close(kind: Closure["kind"], reason: string, now: number): Breaker {
  const until = now + FIRST_WAIT_MS;
  const closure = { kind, reason, since: now, until, failedProbes: 0, isProbing: false };
  return { ...CLEAN, closure };
}

function postpone(closure: Closure, now: number): Closure {
  const failedProbes = closure.failedProbes + 1;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** failedProbes, MAX_WAIT_MS);
  return { ...closure, until: now + waitMs, failedProbes, isProbing: false };
}
