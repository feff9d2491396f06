// Mutants that no test can notice, since they do the same as the original, each with the reason. What does the
// same with more reads or writes is none of them.
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
  ...["record", "erase"].map((transition) => ({
    file: `src/ledger/profiles/${transition}.ts`,
    code: "claims: 0,",
    change: "0 → 1",
    reason: "claims are counted from anywhere: they are compared with claims of the same sequence",
  })),
  {
    file: "src/ledger/profiles/refute.ts",
    code: "return conclude(state, policy, bury({ ...refuted, behindSince: now }, REFUSED, now), entry);",
    change: "{ ...refuted, behindSince: now } → { ...refuted, ...{} }",
    reason: "whoever is neither pending nor dead is behind since no time, so since now already",
  },
  {
    file: "src/ledger/profiles/standing.ts",
    code: "if (time !== null && (first === null || time < first)) first = time;",
    change: "time < first → time <= first",
    reason: "of two equal times it does not matter which is kept",
  },
  {
    file: "src/ledger/bell.ts",
    code: "#rungUntil = 0;",
    change: "0 → 1",
    reason: LONG_AGO,
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
  {
    file: "src/ledger/profiles/profiles.ts",
    code: "const sent = state.versions[state.destinations[policy.key]?.delivered ?? 0];",
    change: "0 → 1",
    reason: "whoever the destination knows nothing of is in no job, whatever was sent",
  },
  {
    file: "src/ledger/profiles/profiles.ts",
    code: "const error = value === null ? undefined : words.get(value);",
    change: "value === null ? undefined : words.get(value) → false ? undefined : words.get(value)",
    reason: "nobody complains of a key that is null",
  },
  {
    file: "src/ledger/profiles/profiles.ts",
    code: "return true;",
    change: "true → false",
    reason: "a hold that was written away cannot be dropped once more",
  },
  {
    file: "src/ledger/backoff.ts",
    code: "const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, 30));",
    change: "30 → 31",
    reason: "the cap is reached after eleven failures",
  },
  {
    file: "src/ledger/feed.ts",
    code: "const newest = this.#profiles.newest(customerId)?.sequence ?? 0;",
    change: "0 → 1",
    reason: "where there is no newest profile nothing can be appended",
  },
  {
    file: "src/ledger/feed.ts",
    code: "return closure !== null && this.#store.crowds.held(policy.key, 1).length > 0;",
    change: "1 → 2",
    reason: "it matters only whether there is one",
  },
  {
    file: "src/ledger/bell.ts",
    code: "this.#rungUntil = 0;",
    change: "0 → 1",
    reason: LONG_AGO,
  },
  {
    file: "src/ledger/streams/stream.ts",
    code: "waitingSince: null,",
    change: "waitingSince: null → ...{}",
    reason: "an event is appended to it at once, which has waited since then",
  },
  {
    file: "src/ledger/streams/streams.ts",
    code: "if (stream === null) return;",
    change: "if (stream === null) return; → if (false) return;",
    reason: "where there is no stream there are no dead letters",
  },
  {
    file: "src/gate/latency.ts",
    code: ".toSorted((left, right) => left.bucket - right.bucket);",
    change: "left.bucket - right.bucket → left.bucket + right.bucket",
    reason: "an object's whole-numbered keys come in their order anyway",
  },
  {
    file: "src/gate/latency.ts",
    code: ".toSorted((left, right) => left.bucket - right.bucket);",
    change: ".toSorted((left, right) => left.bucket - right.bucket) → nothing",
    reason: "an object's whole-numbered keys come in their order anyway",
  },
];

/** Why a mutant is the same as the original; `undefined` where it is not known to be. */
export function findEquivalent(mutant: Mutant): Equivalent | undefined {
  return EQUIVALENT.find(
    ({ file, code, change }) =>
      file === mutant.file && code === mutant.code && change === mutant.change,
  );
}
