// What the ledger's transitions share: questions about a customer's state, and the steps that more
// than one of them takes.
import type { Profile } from "../../profile/profile.ts";
import type { AppliedPolicy } from "../policy.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";
import { firstTurn, turnDueAt } from "../turn.ts";

const MAX_TIMELINE = 20;

/** Characters of a vendor's words in the timeline; the last result keeps more. */
export const MAX_DETAIL = 120;

/** Why a delivery was given up on. The vendor's words are in the turn's last result. */
export const REFUSED = "the destination refused it";
export const GIVEN_UP = "it was not acknowledged within give_up_after_hours";

/** The newest profile; `null` once the customer is erased. */
export function newestProfile(state: CustomerState): Profile | null {
  return state.versions[state.sequence] ?? null;
}

/** When something is to be done for this customer; `null` when all are in step, dead or held. */
export function dueAt(state: CustomerState): number | null {
  let first: number | null = null;
  for (const known of Object.values(state.destinations)) {
    const time = turnDueAt(known, isPending(known, state.sequence));
    if (time !== null && (first === null || time < first)) first = time;
  }
  return first;
}

/** Since when each destination that is behind is so, by key. */
export function behindAt(state: CustomerState): Readonly<Record<string, number>> {
  return pick(state, (known) =>
    isPending(known, state.sequence) ? (known.behindSince ?? known.notBefore) : null,
  );
}

/** Since when each destination that was given up on is so, by key. */
export function deadAt(state: CustomerState): Readonly<Record<string, number>> {
  return pick(state, ({ dead }) => dead?.at ?? null);
}

/** The keys of the destinations that wait for their gates. */
export function heldAt(state: CustomerState): readonly string[] {
  return Object.keys(state.destinations).filter((key) => state.destinations[key]?.held != null);
}

/** The jobs that destinations made of what they were sent, by key. */
export function jobsAt(state: CustomerState): ReadonlyMap<string, string> {
  const jobs = new Map<string, string>();
  for (const [key, { job }] of Object.entries(state.destinations)) {
    if (job !== null) jobs.set(key, job);
  }
  return jobs;
}

/** Whether a destination is to be called and not given up on. */
export function isPending(known: DestinationState, sequence: number): boolean {
  return known.dead === null && (known.acknowledged < sequence || known.again);
}

/**
 * Whether a failed delivery may become a dead letter: only the newest profile's, since a newer one
 * deserves its own attempt, and never that of an erasure, which must succeed.
 */
export function mayDie(state: CustomerState, sequence: number | undefined): boolean {
  return sequence === state.sequence && newestProfile(state) !== null;
}

/** A destination that was given up on waits for nothing, not even its gate. */
export function bury(known: DestinationState, reason: string, now: number): DestinationState {
  return { ...known, held: null, dead: { at: now, reason } };
}

/** Gives up on a destination that has failed for too long. */
export function giveUp(
  known: DestinationState,
  mortal: boolean,
  policy: AppliedPolicy,
  now: number,
): DestinationState {
  const { failingSince } = known;
  const isHopeless = failingSince !== null && now - failingSince >= policy.giveUpAfterMs;
  return mortal && isHopeless ? bury(known, GIVEN_UP, now) : known;
}

/** A destination that never heard of this customer: it is behind from now on. */
export function strangerAt(policy: AppliedPolicy, now: number): DestinationState {
  return {
    ...firstTurn(now, policy.closed),
    acknowledged: 0,
    delivered: 0,
    claimedAt: 0,
    behindSince: now,
    again: false,
    job: null,
    dead: null,
  };
}

/**
 * A destination to be called now, but for its minimum interval and its gate; alive again when it was
 * dead, with as much time as at first.
 */
export function summon(
  known: DestinationState,
  policy: AppliedPolicy,
  now: number,
): DestinationState {
  const notBefore = Math.max(now, known.claimedAt + policy.minIntervalMs);
  const held = known.held ?? policy.closed;
  const summoned = { ...known, notBefore, held, behindSince: known.behindSince ?? now };
  if (known.dead === null) return summoned;
  return { ...summoned, dead: null, failingSince: null, behindSince: now };
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

function pick(
  state: CustomerState,
  read: (known: DestinationState) => number | null,
): Readonly<Record<string, number>> {
  const picked: [string, number][] = [];
  for (const [key, known] of Object.entries(state.destinations)) {
    const value = read(known);
    if (value !== null) picked.push([key, value]);
  }
  return Object.fromEntries(picked);
}
