// The ledger's second transition: a consumer claims what is due. Pure.
import { type Changes, changesBetween, touches } from "../../profile/changes.ts";
import type { Profile } from "../../profile/profile.ts";
import type { AppliedPolicy } from "../policy.ts";
import { giveUp, isPending, mayDie, newestProfile, note, tidy } from "./standing.ts";
import type { CustomerState, DestinationState } from "./state.ts";
import { isFree, lease, loseLease, succeed } from "../turn.ts";

/** One delivery as claimed: what to send, and under which lease to settle it. */
export interface ClaimedDelivery {
  readonly destination: string;
  readonly leaseId: string;
  readonly sequence: number;
  /** 1 for the first attempt since the last success. */
  readonly attempt: number;
  /** Against what this destination was last sent; `null` when it never was. */
  readonly changes: Changes | null;
  /** An operator wants it sent again, whatever the destination acknowledged. */
  readonly again: boolean;
}

/** What is the same for all customers of a claim. */
export interface ClaimTerms {
  readonly leaseId: string;
  /** When it was, in ms of Unix time. */
  readonly at: number;
  /** Before when a destination that is taken is not to be claimed again, by its key. */
  readonly notBefore: Readonly<Record<string, number>>;
}

/** A claim on one customer. `profile` is `null` when the customer was erased and must be forgotten. */
export interface Claim {
  /** `null` when nothing is left to remember. */
  readonly state: CustomerState | null;
  readonly profile: Profile | null;
  readonly deliveries: readonly ClaimedDelivery[];
  /** The keys of the destinations that were taken, where that is all that the claim changed; else `null`. */
  readonly lent: readonly string[] | null;
}

/** The terms of a claim under these policies. */
export function termsOf(
  policies: readonly AppliedPolicy[],
  { leaseId, now }: { readonly leaseId: string; readonly now: number },
): ClaimTerms {
  const times = policies.map(({ key, minIntervalMs }) => [key, now + minIntervalMs] as const);
  return { leaseId, at: now, notBefore: Object.fromEntries(times) };
}

/** A consumer takes what is due: a lease for each destination, and what changed since its last call. */
export function claim(
  state: CustomerState,
  policies: readonly AppliedPolicy[],
  terms: ClaimTerms,
): Claim {
  const { leaseId, at: now } = terms;
  const { sequence } = state;
  const profile = newestProfile(state);
  const deliveries: ClaimedDelivery[] = [];
  const taken: string[] = [];
  const destinations: Record<string, DestinationState> = {};
  let timeline = state.timeline;
  for (const policy of policies) {
    const known = state.destinations[policy.key];
    if (known === undefined) continue;
    const due = dropDeadLease(known, mayDie(state, known.lease?.sequence), policy, now);
    const at = { at: now, destination: policy.id, sequence };
    if (due.lease !== known.lease) timeline = note(timeline, { ...at, event: "lease_lost" });
    if (due.dead !== known.dead) timeline = note(timeline, { ...at, event: "dead_lettered" });
    destinations[policy.key] = due;
    if (!isPending(due, sequence) || !isFree(due, now)) continue;
    if (policy.closed !== null) {
      destinations[policy.key] = { ...due, held: policy.closed };
      continue;
    }
    const held = state.versions[due.delivered];
    const changes = held && profile ? changesBetween(held, profile) : null;
    if (changes !== null && isSpared(due, changes, policy)) {
      destinations[policy.key] = { ...succeed(due), acknowledged: sequence, behindSince: null };
      timeline = note(timeline, { ...at, event: "unchanged" });
      continue;
    }
    taken.push(policy.key);
    const attempt = due.failures + 1;
    const { again } = due;
    deliveries.push({ destination: policy.id, leaseId, sequence, attempt, changes, again });
  }
  const judged = tidy({ ...state, destinations, timeline });
  return {
    state: judged && lend(judged, taken, terms),
    profile,
    deliveries,
    lent: taken.length > 0 && isSame(state.destinations, destinations) ? taken : null,
  };
}

/** A customer of whom a consumer has taken these destinations. */
export function lend(
  state: CustomerState,
  keys: readonly string[],
  { leaseId, at, notBefore }: ClaimTerms,
): CustomerState {
  const destinations = { ...state.destinations };
  for (const key of keys) {
    const known = destinations[key];
    if (known === undefined) continue;
    const taken = { ...known, claimedAt: at, notBefore: notBefore[key] ?? at };
    destinations[key] = lease(taken, leaseId, state.sequence, at);
  }
  return { ...state, claims: state.claims + 1, destinations };
}

/** Whether nothing became of any destination. */
function isSame(
  before: Readonly<Record<string, DestinationState>>,
  after: Readonly<Record<string, DestinationState>>,
): boolean {
  return Object.keys(before).every((key) => before[key] === after[key]);
}

/**
 * Whether a destination is in step without a call, because nothing in its `only_on` changed. After a
 * failed attempt nobody knows what it holds, so then it is called; and so it is when it was asked for.
 */
function isSpared(known: DestinationState, changes: Changes, policy: AppliedPolicy): boolean {
  if (known.failures > 0 || known.again) return false;
  return policy.onlyOn.length > 0 && !touches(changes, policy.onlyOn);
}

function dropDeadLease(
  known: DestinationState,
  mortal: boolean,
  policy: AppliedPolicy,
  now: number,
): DestinationState {
  if (known.lease === null || known.lease.until > now) return known;
  const isNeeded = known.acknowledged < known.lease.sequence || known.again;
  if (!isNeeded) return { ...known, lease: null };
  return giveUp(loseLease(known, now), mortal, policy, now);
}
