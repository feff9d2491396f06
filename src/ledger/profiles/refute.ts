// What comes to light about a profile that a destination accepted, once the destination's job has run. Pure.
import type { Complaint } from "../../destinations/adapter.ts";
import type { Key } from "../../destinations/destination.ts";
import type { AppliedPolicy } from "../policy.ts";
import { bury, isPending, MAX_DETAIL, newestProfile, note, REFUSED, summon } from "./standing.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";

/** Whom a destination's job refused. */
export interface Refutation {
  readonly job: string;
  /** What the complaints' keys are. */
  readonly key: Key;
  readonly complaints: readonly Complaint[];
}

/** What a job came to for a customer. */
export interface Finding {
  readonly job: string;
  /** The destination's words, or what is known of the job. */
  readonly error: string;
}

/**
 * The job refused the profile: a dead letter, unless a newer one is on its way. Either way nobody knows
 * what the destination holds now.
 */
export function refute(
  state: CustomerState,
  policy: AppliedPolicy,
  finding: Finding,
  now: number,
): CustomerState {
  const known = rider(state, policy, finding);
  if (known === null) return state;
  const last = { at: now, outcome: "rejected", status: null, error: finding.error };
  const behindSince = known.behindSince ?? now;
  const refuted = { ...known, job: null, again: true, behindSince, last };
  const isOvertaken = isPending(known, state.sequence) || known.lease !== null;
  if (isOvertaken || known.dead !== null) {
    return conclude(state, policy, refuted, { at: now, event: "failed", detail: finding.error });
  }
  const entry = { at: now, event: "dead_lettered", detail: finding.error } as const;
  return conclude(state, policy, bury({ ...refuted, behindSince: now }, REFUSED, now), entry);
}

/** The job is lost: what it was to write is sent again. */
export function redo(
  state: CustomerState,
  policy: AppliedPolicy,
  finding: Finding,
  now: number,
): CustomerState {
  const known = rider(state, policy, finding);
  if (known === null) return state;
  const summoned = known.dead === null ? summon(known, policy, now) : known;
  const entry = { at: now, event: "failed", detail: finding.error } as const;
  return conclude(state, policy, { ...summoned, job: null, again: true }, entry);
}

/** What a destination knows, if what it was last sent went into this very job. */
function rider(
  state: CustomerState,
  policy: AppliedPolicy,
  { job }: Finding,
): DestinationState | null {
  const known = state.destinations[policy.key];
  return known?.job === job && newestProfile(state) !== null ? known : null;
}

function conclude(
  state: CustomerState,
  policy: AppliedPolicy,
  next: DestinationState,
  { detail = "", ...entry }: Pick<TimelineEntry, "at" | "event" | "detail">,
): CustomerState {
  const at = { ...entry, sequence: next.delivered, destination: policy.id };
  const timeline = note(state.timeline, { ...at, detail: detail.slice(0, MAX_DETAIL) });
  return { ...state, destinations: { ...state.destinations, [policy.key]: next }, timeline };
}
