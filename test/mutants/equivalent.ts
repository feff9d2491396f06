// Mutants that no test can notice, since they do the same as the original, each with the reason.
import type { Mutant } from "./mutate.ts";

/** One of them, or several on a line that are broken alike. */
export interface Equivalent extends Pick<Mutant, "file" | "code" | "change"> {
  readonly reason: string;
}

const LONG_AGO = "the first millisecond of Unix time has passed like the one before it";

/** All that are known. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/ledger/profiles/record.ts",
    code: "const order = knownUntil === null ? 1 : compareTimes(event.occurred_at, knownUntil);",
    change: "1 → 2",
    reason: "an order is only negative, zero or positive",
  },
  {
    file: "src/ledger/profiles/record.ts",
    code: "const isWaiting = isPending(known, state?.sequence ?? 0) && known.notBefore <= now;",
    change: "0 → 1",
    reason: "a customer of whom something is known has a sequence",
  },
  {
    file: "src/ledger/profiles/erase.ts",
    code: "const occurredUntil = compareTimes(knownUntil, erasedAt) > 0 ? knownUntil : erasedAt;",
    change: "compareTimes(knownUntil, erasedAt) > 0 → compareTimes(knownUntil, erasedAt) >= 0",
    reason: "of two equal times it does not matter which is kept",
  },
  {
    file: "src/ledger/profiles/refute.ts",
    code: "return conclude(state, policy, bury({ ...refuted, behindSince: now }, REFUSED, now), entry);",
    change: "{ ...refuted, behindSince: now } → { ...refuted, ...{} }",
    reason: "whoever is neither pending nor dead is behind since no time, so since now already",
  },
  {
    file: "src/gate/rules.ts",
    code: "latch: { pausedSince: null, askedUntil: 0, breaker: CLEAN },",
    change: "0 → 1",
    reason: LONG_AGO,
  },
  {
    file: "src/gate/rules.ts",
    code: "return Math.max(askedUntil, breaker.closure?.until ?? 0);",
    change: "0 → 1",
    reason: LONG_AGO,
  },
  {
    file: "src/gate/breaker.ts",
    code: "const inARow = 2 ** MAX_IN_A_ROW - 1;",
    change: "1 → 2",
    reason: "it is asked only after a call that failed, whose bit need not be looked at",
  },
  {
    file: "src/gate/rate.ts",
    code: "export const UNUSED: RateState = { grants: [], promisedUntil: 0 };",
    change: "0 → 1",
    reason: LONG_AGO,
  },
];

/** Why a mutant is the same as the original; `undefined` where it is not known to be. */
export function findEquivalent(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENT.find(
    ({ file, code, change }) =>
      file === mutant.file && code === mutant.code && change === mutant.change,
  );
}
