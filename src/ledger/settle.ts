// The ledger's third transition: a consumer reports how a claimed delivery ended. Pure.
import { backoffMs } from "./backoff.ts";
import type { DestinationPolicy } from "./policy.ts";
import { fail, mayDie, note, succeed, tidy } from "./standing.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";

/** Characters of a vendor's words in the timeline; the last result keeps more. */
const MAX_DETAIL = 120;

/** How one claimed delivery ended. Waits are durations, since the consumer's clock is another. */
export type Settlement =
  | { readonly kind: "delivered" | "accepted"; readonly status: number | null }
  | {
      readonly kind: "retry";
      readonly status: number | null;
      readonly error: string;
      readonly afterMs: number | null;
    }
  | {
      readonly kind: "held";
      readonly status: number | null;
      readonly reason: string;
      readonly forMs: number;
    }
  | { readonly kind: "rejected"; readonly status: number | null; readonly error: string }
  /** No attempt was begun; not again before so long. */
  | { readonly kind: "untried"; readonly forMs: number };

/** A consumer reports how a claimed delivery ended. Under a lease that is over it has no say. */
export function settle(
  state: CustomerState,
  policy: DestinationPolicy,
  result: { readonly leaseId: string; readonly settlement: Settlement },
  context: { readonly now: number; readonly random: number },
): CustomerState | null {
  const known = state.destinations[policy.id];
  const { now, random } = context;
  const { leaseId, settlement } = result;
  if (known?.lease == null || known.lease.id !== leaseId) return state;
  const { sequence } = known.lease;
  const mortal = mayDie(state, sequence);
  const isNewest = sequence === state.sequence;
  const next = end(known, { sequence, mortal, isNewest, policy, now, random }, settlement);
  const destinations = { ...state.destinations, [policy.id]: next };
  const entry = describe(settlement, next);
  const at = { at: now, destination: policy.id, sequence };
  const timeline = entry === null ? state.timeline : note(state.timeline, { ...at, ...entry });
  return tidy({ ...state, destinations, timeline });
}

function end(
  known: DestinationState,
  context: {
    readonly sequence: number;
    readonly mortal: boolean;
    readonly isNewest: boolean;
    readonly policy: DestinationPolicy;
    readonly now: number;
    readonly random: number;
  },
  settlement: Settlement,
): DestinationState {
  const { sequence, mortal, isNewest, policy, now, random } = context;
  const ended: DestinationState = { ...known, lease: null };
  switch (settlement.kind) {
    case "delivered":
    case "accepted": {
      const { kind: outcome, status } = settlement;
      const last = { at: now, outcome, status, error: null };
      const acknowledged = Math.max(known.acknowledged, sequence);
      return { ...succeed(ended), acknowledged, delivered: sequence, last };
    }
    case "retry": {
      const { status, error, afterMs } = settlement;
      const failed = fail(ended, mortal, policy, { at: now, outcome: "retry", status, error });
      // A newer profile that came meanwhile waits only if the CRM asked for it.
      const ownWaitMs = isNewest ? backoffMs(failed.failures, random) : 0;
      const waitMs = Math.max(ownWaitMs, afterMs ?? 0);
      return { ...failed, notBefore: Math.max(ended.notBefore, now + waitMs) };
    }
    case "held": {
      const { status, reason, forMs } = settlement;
      const notBefore = Math.max(ended.notBefore, now + forMs);
      const last = { at: now, outcome: "held", status, error: reason };
      return { ...ended, notBefore, held: reason, last };
    }
    case "rejected": {
      const { status, error } = settlement;
      const last = { at: now, outcome: "rejected", status, error };
      return { ...ended, last, dead: mortal ? { at: now, reason: error } : null };
    }
    case "untried":
      return { ...ended, notBefore: now + settlement.forMs };
  }
}

function describe(
  settlement: Settlement,
  next: DestinationState,
): Pick<TimelineEntry, "event" | "status" | "detail"> | null {
  if (settlement.kind === "untried") return null;
  const detail =
    "error" in settlement ? settlement.error : "reason" in settlement ? settlement.reason : null;
  const event =
    next.dead !== null
      ? "dead_lettered"
      : settlement.kind === "retry" || settlement.kind === "rejected"
        ? "failed"
        : settlement.kind;
  return {
    event,
    ...(settlement.status === null ? {} : { status: settlement.status }),
    ...(detail === null ? {} : { detail: detail.slice(0, MAX_DETAIL) }),
  };
}
