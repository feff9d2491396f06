// What the ledger's transitions share: questions about a customer's state, and the steps that more
// than one of them takes.
import type { Profile } from "../profile/profile.ts";
import type { DestinationPolicy } from "./policy.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";

const MAX_TIMELINE = 20;

/** The newest profile; `null` once the customer is erased. */
export function newestProfile(state: CustomerState): Profile | null {
  return state.versions[state.sequence] ?? null;
}

/** When something is to be done for this customer; `null` when every destination is in step or dead. */
export function dueAt(state: CustomerState): number | null {
  const times = Object.values(state.destinations).flatMap((known) => {
    if (known.lease !== null) return [known.lease.until];
    return isPending(known, state.sequence) ? [known.notBefore] : [];
  });
  return times.length === 0 ? null : Math.min(...times);
}

/** How many destinations gave up on this customer's newest profile. */
export function countDead(state: CustomerState): number {
  return Object.values(state.destinations).filter((known) => known.dead !== null).length;
}

/** Whether a destination is behind and not given up on. */
export function isPending(known: DestinationState, sequence: number): boolean {
  return known.acknowledged < sequence && known.dead === null;
}

/**
 * Whether a failed delivery may become a dead letter: only the newest profile's, since a newer one
 * deserves its own attempt, and never that of an erasure, which must succeed.
 */
export function mayDie(state: CustomerState, sequence: number | undefined): boolean {
  return sequence === state.sequence && newestProfile(state) !== null;
}

/** A destination's state after it proved to be in step. */
export function succeed(known: DestinationState): DestinationState {
  return { ...known, failures: 0, failingSince: null, held: null, dead: null };
}

/** One more failed attempt; a dead letter when it may be one and has failed for too long. */
export function fail(
  known: DestinationState,
  mortal: boolean,
  policy: DestinationPolicy,
  last: NonNullable<DestinationState["last"]>,
): DestinationState {
  const failingSince = known.failingSince ?? last.at;
  const isHopeless = mortal && last.at - failingSince >= policy.giveUpAfterMs;
  const dead = isHopeless ? { at: last.at, reason: last.error ?? last.outcome } : null;
  return { ...known, failures: known.failures + 1, failingSince, dead, last };
}

/** Drops what nothing refers to any more; `null` when an erased customer is forgotten everywhere. */
export function tidy(state: CustomerState): CustomerState | null {
  const isForgotten = newestProfile(state) === null && dueAt(state) === null;
  return isForgotten ? null : prune(state);
}

/** Drops the profiles that no destination holds or is being sent. */
export function prune(state: CustomerState): CustomerState {
  const needed = new Set([state.sequence]);
  for (const known of Object.values(state.destinations)) {
    needed.add(known.delivered);
    if (known.lease !== null) needed.add(known.lease.sequence);
  }
  const versions = Object.fromEntries(
    Object.entries(state.versions).filter(([sequence]) => needed.has(Number(sequence))),
  );
  return { ...state, versions };
}

/** A timeline with one more entry, and without its oldest when it is full. */
export function note(
  timeline: readonly TimelineEntry[] | undefined,
  entry: TimelineEntry,
): TimelineEntry[] {
  return [...(timeline ?? []), entry].slice(-MAX_TIMELINE);
}
