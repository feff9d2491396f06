// What ails a CRM for a while, and what that means for one request. Pure.
import type { Dice } from "./dice.ts";

/** What may ail a CRM; see `behave`. */
export const FAULTS = [
  "healthy",
  "slow",
  "failing",
  "hanging",
  "limiting",
  "resetting",
  "refusing",
  "losing",
] as const;
export type Fault = (typeof FAULTS)[number];

const ERROR_SHARE = 0.3;
/** Of what a CRM applies while it is `losing`, so much gets no answer. */
const LOST_SHARE = 0.4;
const MIN_SLOW_MS = 200;
const MAX_SLOW_MS = 1_000;

/** How a request ends that the CRM applied, or refused. */
export type Conduct =
  /** The CRM applied it, and says so after a while. */
  | { readonly kind: "acknowledge"; readonly delayMs: number }
  /** The CRM applied it, and its answer never comes: cut off, cut off in the middle, or never begun. */
  | { readonly kind: "lose"; readonly how: "cut" | "half" | "silence" }
  /** It did nothing, and says so. */
  | { readonly kind: "refuse"; readonly status: number; readonly retryAfterSeconds: number | null }
  /** It did nothing, and says nothing. */
  | { readonly kind: "drop"; readonly how: "reset" | "silence" };

/** What a CRM does with its next request. */
export function behave(fault: Fault, dice: Dice): Conduct {
  const atOnce = { kind: "acknowledge", delayMs: 0 } as const;
  switch (fault) {
    case "healthy":
      return atOnce;
    case "slow":
      return { kind: "acknowledge", delayMs: dice.between(MIN_SLOW_MS, MAX_SLOW_MS) };
    case "failing":
      return dice.happens(ERROR_SHARE) ? refuse(dice.pick(500, 502, 503)) : atOnce;
    case "hanging":
      return { kind: "drop", how: "silence" };
    case "limiting":
      return { ...refuse(429), retryAfterSeconds: dice.pick(1, 2, 3) };
    case "resetting":
      return { kind: "drop", how: "reset" };
    case "refusing":
      return refuse(401);
    case "losing":
      if (!dice.happens(LOST_SHARE)) return atOnce;
      return { kind: "lose", how: dice.pick("cut", "half", "silence") };
  }
}

function refuse(status: number): Extract<Conduct, { kind: "refuse" }> {
  return { kind: "refuse", status, retryAfterSeconds: null };
}
