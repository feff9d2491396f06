// The ledger's second transition: a consumer claims what is due. Pure.
import { type Changes, changesBetween, touches } from "../profile/changes.ts";
import type { Profile } from "../profile/profile.ts";
import { type DestinationPolicy, LEASE_MS } from "./policy.ts";
import { fail, isPending, mayDie, newestProfile, note, succeed, tidy } from "./standing.ts";
import type { CustomerState, DestinationState } from "./state.ts";

/** One delivery as claimed: what to send, and under which lease to settle it. */
export interface ClaimedDelivery {
  readonly destination: string;
  readonly leaseId: string;
  readonly sequence: number;
  /** 1 for the first attempt since the last success. */
  readonly attempt: number;
  /** Against what this destination was last sent; `null` when it never was. */
  readonly changes: Changes | null;
}

/** A claim on one customer. `profile` is `null` when the customer was erased and must be forgotten. */
export interface Claim {
  /** `null` when nothing is left to remember. */
  readonly state: CustomerState | null;
  readonly profile: Profile | null;
  readonly deliveries: readonly ClaimedDelivery[];
}

/** A consumer takes what is due: a lease for each destination, and what changed since its last call. */
export function claim(
  state: CustomerState,
  context: {
    readonly now: number;
    readonly policies: readonly DestinationPolicy[];
    readonly leaseId: string;
  },
): Claim {
  const { now, policies, leaseId } = context;
  const profile = newestProfile(state);
  const deliveries: ClaimedDelivery[] = [];
  const destinations: Record<string, DestinationState> = {};
  let timeline = state.timeline;
  for (const policy of policies) {
    const known = state.destinations[policy.id];
    if (known === undefined) continue;
    const { sequence } = state;
    const due = dropDeadLease(known, mayDie(state, known.lease?.sequence), policy, now);
    const at = { at: now, destination: policy.id, sequence };
    if (due.lease !== known.lease) timeline = note(timeline, { ...at, event: "lease_lost" });
    if (due.dead !== known.dead) timeline = note(timeline, { ...at, event: "dead_lettered" });
    destinations[policy.id] = due;
    if (due.lease !== null || !isPending(due, sequence) || due.notBefore > now) continue;

    const held = state.versions[due.delivered];
    const changes = held && profile ? changesBetween(held, profile) : null;
    if (changes !== null && isSpared(due, changes, policy)) {
      destinations[policy.id] = { ...succeed(due), acknowledged: sequence };
      timeline = note(timeline, { ...at, event: "unchanged" });
      continue;
    }
    const lease = { id: leaseId, sequence, until: now + LEASE_MS };
    const notBefore = now + policy.minIntervalMs;
    destinations[policy.id] = { ...due, lease, claimedAt: now, notBefore, held: null };
    const attempt = due.failures + 1;
    deliveries.push({ destination: policy.id, leaseId, sequence, attempt, changes });
  }
  return { state: tidy({ ...state, destinations, timeline }), profile, deliveries };
}

/**
 * Whether a destination is in step without a call, because nothing in its `only_on` changed. After a
 * failed attempt nobody knows what it holds, so then it is called.
 */
function isSpared(known: DestinationState, changes: Changes, policy: DestinationPolicy): boolean {
  return policy.onlyOn.length > 0 && known.failures === 0 && !touches(changes, policy.onlyOn);
}

/** Ends a lease whose consumer never came back. That counts as a failed attempt, or it might go on for ever. */
function dropDeadLease(
  known: DestinationState,
  mortal: boolean,
  policy: DestinationPolicy,
  now: number,
): DestinationState {
  if (known.lease === null || known.lease.until > now) return known;
  if (known.acknowledged >= known.lease.sequence) return { ...known, lease: null };
  const error = "the consumer ended before it could say how the attempt went";
  const last = { at: now, outcome: "lease_lost", status: null, error };
  return fail({ ...known, lease: null }, mortal, policy, last);
}
