// What an operator, or a gate that opens again, does to a customer's deliveries: each makes some of
// them due. Pure.
import type { AppliedPolicy } from "../policy.ts";
import { newestProfile, note, strangerAt, summon } from "./standing.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";

/** The destination's gate lets it through again. */
export function release(state: CustomerState, policy: AppliedPolicy, now: number): CustomerState {
  const known = state.destinations[policy.key];
  if (known === undefined || known.held === null) return state;
  const notBefore = Math.max(now, known.claimedAt + policy.minIntervalMs);
  const released = { ...known, held: null, notBefore };
  return { ...state, destinations: { ...state.destinations, [policy.key]: released } };
}

/** A dead letter is tried again, with as much time as at first. */
export function replay(state: CustomerState, policy: AppliedPolicy, now: number): CustomerState {
  const known = state.destinations[policy.key];
  if (known === undefined || known.dead === null) return state;
  return recall(state, policy, summon(known, policy, now), { at: now, event: "replayed" });
}

/** A destination gets the newest profile, unless it has it or is about to get it anyway. */
export function backfill(state: CustomerState, policy: AppliedPolicy, now: number): CustomerState {
  const known = state.destinations[policy.key];
  const isMissing = known === undefined || known.dead !== null;
  if (!isMissing || newestProfile(state) === null) return state;
  const next = known === undefined ? strangerAt(policy, now) : summon(known, policy, now);
  return recall(state, policy, next, { at: now, event: "backfilled" });
}

/** A destination gets the newest profile once more, whatever it acknowledged. */
export function resync(state: CustomerState, policy: AppliedPolicy, now: number): CustomerState {
  if (newestProfile(state) === null) return state;
  const known = state.destinations[policy.key] ?? strangerAt(policy, now);
  const next = { ...summon(known, policy, now), again: true };
  return recall(state, policy, next, { at: now, event: "resynced" });
}

function recall(
  state: CustomerState,
  policy: AppliedPolicy,
  next: DestinationState,
  entry: Pick<TimelineEntry, "at" | "event">,
): CustomerState {
  const { sequence } = state;
  const timeline = note(state.timeline, { ...entry, sequence, destination: policy.id });
  return { ...state, destinations: { ...state.destinations, [policy.key]: next }, timeline };
}
