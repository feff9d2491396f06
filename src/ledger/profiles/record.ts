// The ledger's first transition: a webhook is recorded, and every destination hears of it. Pure.
import { compareTimes } from "../../gameball/time.ts";
import type { Profile, ProfileEvent } from "../../profile/profile.ts";
import type { AppliedPolicy } from "../policy.ts";
import { isPending, newestProfile, note, prune, strangerAt, summon } from "./standing.ts";
import type { CustomerState, DestinationState, Tombstone } from "./state.ts";

/** Different events of one and the same instant that are told from duplicates. */
const MAX_EVENT_IDS = 16;

/** What `record` found, and the state after it. */
export type Recorded =
  | { readonly outcome: "accepted"; readonly state: CustomerState }
  | { readonly outcome: "duplicate" | "stale" };

/** A webhook arrives: newer wins and is due everywhere, equal is a duplicate, older is stale. */
export function record(
  state: CustomerState | null,
  event: ProfileEvent,
  context: {
    readonly now: number;
    readonly policies: readonly AppliedPolicy[];
    readonly tombstone: Tombstone | null;
  },
): Recorded {
  const { now, policies, tombstone } = context;
  const knownUntil = state?.occurredAt ?? tombstone?.occurredUntil ?? null;
  const order = knownUntil === null ? 1 : compareTimes(event.occurred_at, knownUntil);
  const isForgotten = state === null ? tombstone !== null : newestProfile(state) === null;
  if (order < 0 || (order === 0 && isForgotten)) return { outcome: "stale" };
  const eventIds = order === 0 ? (state?.eventIds ?? []) : [];
  if (eventIds.includes(event.event_id)) return { outcome: "duplicate" };

  const sequence = (state?.sequence ?? tombstone?.sequence ?? 0) + 1;
  const next: CustomerState = {
    sequence,
    claims: 0,
    occurredAt: event.occurred_at,
    eventIds: [...eventIds, event.event_id].slice(-MAX_EVENT_IDS),
    versions: { ...state?.versions, [sequence]: profileOf(event, sequence) },
    destinations: Object.fromEntries(
      policies.map((policy) => [policy.key, renew(state, policy, now)]),
    ),
    timeline: note(state?.timeline, { at: now, event: "recorded", sequence }),
  };
  return { outcome: "accepted", state: prune(next) };
}

/** The profile, with its fields in the order of its schema: a reader's ETag is the same from wherever it comes. */
function profileOf(event: ProfileEvent, sequence: number): Profile {
  const { event_id, occurred_at, received_at, ...fields } = event;
  return { ...fields, event_id, sequence, occurred_at, received_at };
}

/** A destination hears of something newer. One that waits its turn already keeps its place. */
function renew(state: CustomerState | null, policy: AppliedPolicy, now: number): DestinationState {
  const known = state?.destinations[policy.key];
  if (known === undefined) return strangerAt(policy, now);
  const isWaiting = isPending(known, state?.sequence ?? 0) && known.notBefore <= now;
  return isWaiting ? known : summon(known, policy, now);
}
