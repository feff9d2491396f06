// The ledger's third transition: a consumer reports how a claimed delivery ended. Pure.
import type { AppliedPolicy } from "../policy.ts";
import {
  bury,
  giveUp,
  isPending,
  MAX_DETAIL,
  mayDie,
  newestProfile,
  note,
  REFUSED,
  tidy,
} from "./standing.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";
import { conclude, type Settlement } from "../turn.ts";

/** A consumer reports how the delivery that it holds a lease for ended. */
export function settle(
  state: CustomerState,
  policy: AppliedPolicy,
  settlement: Settlement,
  context: { readonly now: number; readonly random: number },
): CustomerState | null {
  const known = state.destinations[policy.key];
  if (known?.lease == null) return state;
  const { sequence } = known.lease;
  const isNewest = sequence === state.sequence;
  const concluded = conclude(known, settlement, { ...context, isNewest });
  const next = judge(state, concluded, { sequence, settlement, policy, now: context.now });
  const destinations = { ...state.destinations, [policy.key]: next };
  const entry = describe(settlement, next);
  const at = { at: context.now, destination: policy.id, sequence };
  const timeline = entry === null ? state.timeline : note(state.timeline, { ...at, ...entry });
  return tidy({ ...state, destinations, timeline });
}

/** What the attempt came to: in step, a dead letter, or neither. */
function judge(
  state: CustomerState,
  ended: DestinationState,
  context: {
    readonly sequence: number;
    readonly settlement: Settlement;
    readonly policy: AppliedPolicy;
    readonly now: number;
  },
): DestinationState {
  const { sequence, settlement, policy, now } = context;
  const mortal = mayDie(state, sequence);
  switch (settlement.kind) {
    case "delivered":
    case "accepted": {
      const acknowledged = Math.max(ended.acknowledged, sequence);
      // Of a profile from before an erasure nobody asks what becomes of it.
      const isKnown = state.versions[sequence] !== undefined;
      const job = settlement.kind === "accepted" && isKnown ? settlement.job : null;
      const inStep = { ...ended, acknowledged, delivered: sequence, again: false, job, dead: null };
      const isBehind = isPending(inStep, state.sequence);
      return { ...inStep, behindSince: isBehind ? newestSince(state, now) : null };
    }
    case "retry":
      return giveUp(ended, mortal, policy, now);
    case "rejected":
      return mortal ? bury(ended, REFUSED, now) : ended;
    case "held":
      // Of an erased customer nothing is left to wait for.
      return isPending(ended, state.sequence) ? ended : { ...ended, held: null };
    case "untried":
      return ended;
  }
}

/** When the newest profile came, which came during an attempt at the one before. */
function newestSince(state: CustomerState, now: number): number {
  const profile = newestProfile(state);
  return profile === null ? now : Date.parse(profile.received_at);
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
