// What a gate is told of one call: what it says of the destination, and numbers to be counted. Pure.
import type { Outcome } from "../destinations/adapter.ts";

/**
 * What a call says of its destination.
 * - `answered`: it is well, even if it refused single deliveries.
 * - `failed`: it gave no answer, or one that says that it is not well.
 * - `busy`: it asked everybody to wait, and is neither well nor unwell.
 * - `refused`: it refuses everybody, since the credentials are wrong or the endpoint is gone.
 *
 * `error` is what went wrong first, in the vendor's words, masked.
 */
export type Finding =
  | { readonly verdict: "answered"; readonly error: string | null }
  | { readonly verdict: "failed" | "busy" | "refused"; readonly error: string };

/** What can be said of a call without a look into its answer. */
export interface Measured {
  /** It was the one call that a closed gate let through. */
  readonly isProbe: boolean;
  readonly durationMs: number;
  /** `null` when there was no answer. */
  readonly status: number | null;
}

/** One call that has ended. */
export type CallReport = Measured &
  Finding & {
    /** How long everybody is asked to wait; 0 when nobody is. */
    readonly waitMs: number;
    /** Deliveries by how they ended; those of a batch that is to be split have not ended yet. */
    readonly succeeded: number;
    readonly rejected: number;
    readonly failed: number;
  };

/** Sums up a call by the outcomes of its deliveries. */
export function reportCall(outcomes: readonly Outcome[], measured: Measured): CallReport {
  const count = (...kinds: Outcome["kind"][]): number =>
    outcomes.filter(({ kind }) => kinds.includes(kind)).length;
  const waits = outcomes.map((outcome) => (outcome.kind === "retry" ? (outcome.afterMs ?? 0) : 0));
  const waitMs = Math.max(0, ...waits);
  return {
    ...measured,
    ...find(outcomes, waitMs),
    waitMs,
    succeeded: count("delivered", "accepted"),
    rejected: count("rejected"),
    failed: count("retry", "held"),
  };
}

function find(outcomes: readonly Outcome[], waitMs: number): Finding {
  const held = outcomes.find((outcome) => outcome.kind === "held");
  if (held !== undefined) return { verdict: "refused", error: held.reason };
  const retry = outcomes.find((outcome) => outcome.kind === "retry");
  if (retry !== undefined && waitMs > 0) return { verdict: "busy", error: retry.error };
  if (retry !== undefined && outcomes.every(({ kind }) => kind === "retry")) {
    return { verdict: "failed", error: retry.error };
  }
  const rejected = outcomes.find((outcome) => outcome.kind === "rejected");
  return { verdict: "answered", error: rejected?.error ?? retry?.error ?? null };
}
