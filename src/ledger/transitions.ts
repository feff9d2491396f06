// The ledger's rules: pure functions from one customer's state to the next. The clock, chance and
// configuration come in as values; nothing here waits, reads or writes.
import { backoffMs } from "../delivery/backoff.ts";
import { compareTimes } from "../gameball/time.ts";
import { type Changes, changesBetween, touches } from "../profile/changes.ts";
import type { Profile, ProfileEvent } from "../profile/profile.ts";
import { type DestinationPolicy, LEASE_MS, PROFILE_STORE } from "./policy.ts";
import type { CustomerState, DestinationState, TimelineEntry } from "./state.ts";

const MAX_TIMELINE = 20;
/** Characters of a vendor's words in the timeline; the last result keeps more. */
const MAX_DETAIL = 120;
/** Different events of one and the same instant that are told from duplicates. */
const MAX_EVENT_IDS = 16;

/** What `record` found, and the state after it. */
export type Recorded =
  | { readonly outcome: "accepted"; readonly state: CustomerState }
  | { readonly outcome: "duplicate" | "stale" };

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
  | { readonly kind: "untried" };

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

/** An erased customer: until when an event is too old to bring it back, and where to count on from. */
export interface Tombstone {
  readonly occurredUntil: string;
  readonly sequence: number;
}

/** The newest profile; `null` once the customer is erased. */
export function newestProfile(state: CustomerState): Profile | null {
  return state.versions[state.sequence] ?? null;
}

/** A webhook arrives: newer wins and is due everywhere, equal is a duplicate, older is stale. */
export function record(
  state: CustomerState | null,
  event: ProfileEvent,
  context: {
    readonly now: number;
    readonly policies: readonly DestinationPolicy[];
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
    occurredAt: event.occurred_at,
    eventIds: [...eventIds, event.event_id].slice(-MAX_EVENT_IDS),
    versions: { ...state?.versions, [sequence]: { ...event, sequence } },
    destinations: Object.fromEntries(
      policies.map((policy) => [policy.id, renew(state?.destinations[policy.id], policy, now)]),
    ),
    timeline: note(state?.timeline, { at: now, event: "recorded", sequence }),
  };
  return { outcome: "accepted", state: prune(next) };
}

/** A destination hears of something newer: due now, but for its minimum interval and its gate's hold. */
function renew(
  known: DestinationState | undefined,
  policy: DestinationPolicy,
  now: number,
): DestinationState {
  if (known === undefined) {
    return {
      acknowledged: 0,
      delivered: 0,
      claimedAt: 0,
      notBefore: now,
      lease: null,
      failures: 0,
      failingSince: null,
      held: null,
      dead: null,
      last: null,
    };
  }
  const afterInterval = Math.max(now, known.claimedAt + policy.minIntervalMs);
  const notBefore = known.held === null ? afterInterval : Math.max(known.notBefore, afterInterval);
  return known.dead === null
    ? { ...known, notBefore }
    : { ...known, notBefore, dead: null, failingSince: null };
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
    const due = dropDeadLease(known, sequence, policy, now);
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
  newest: number,
  policy: DestinationPolicy,
  now: number,
): DestinationState {
  if (known.lease === null || known.lease.until > now) return known;
  if (known.acknowledged >= known.lease.sequence) return { ...known, lease: null };
  const error = "the consumer ended before it could say how the attempt went";
  const last = { at: now, outcome: "lease_lost", status: null, error };
  return fail({ ...known, lease: null }, known.lease.sequence === newest, policy, last);
}

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
  const isNewest = sequence === state.sequence;
  const ended = end(known, isNewest, policy, settlement, now, random);
  // A profile that was erased meanwhile is no ground to count changes from.
  const next = ended.delivered in state.versions ? ended : { ...ended, delivered: 0 };
  const destinations = { ...state.destinations, [policy.id]: next };
  const entry = describe(settlement, next);
  const at = { at: now, destination: policy.id, sequence };
  const timeline = entry === null ? state.timeline : note(state.timeline, { ...at, ...entry });
  return tidy({ ...state, destinations, timeline });
}

function end(
  known: DestinationState,
  isNewest: boolean,
  policy: DestinationPolicy,
  settlement: Settlement,
  now: number,
  random: number,
): DestinationState {
  const ended: DestinationState = { ...known, lease: null };
  const sequence = known.lease?.sequence ?? known.acknowledged;
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
      const failed = fail(ended, isNewest, policy, { at: now, outcome: "retry", status, error });
      const waitMs = Math.max(backoffMs(failed.failures, random), afterMs ?? 0);
      // A newer profile came meanwhile: due as if it had just been recorded, unless the CRM asked to wait.
      const notBefore = isNewest ? now + waitMs : Math.max(ended.notBefore, now + (afterMs ?? 0));
      return { ...failed, notBefore: Math.max(ended.notBefore, notBefore) };
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
      // What was refused is not the newest any more: the newest deserves its own attempt.
      return { ...ended, last, dead: isNewest ? { at: now, reason: error } : null };
    }
    case "untried":
      return { ...ended, notBefore: now };
  }
}

function succeed(known: DestinationState): DestinationState {
  return { ...known, failures: 0, failingSince: null, held: null, dead: null };
}

/** One more failed attempt; a dead letter when the newest profile fails and has for too long. */
function fail(
  known: DestinationState,
  isNewest: boolean,
  policy: DestinationPolicy,
  last: NonNullable<DestinationState["last"]>,
): DestinationState {
  const failingSince = known.failingSince ?? last.at;
  const isHopeless = isNewest && last.at - failingSince >= policy.giveUpAfterMs;
  const dead = isHopeless ? { at: last.at, reason: last.error ?? last.outcome } : null;
  return { ...known, failures: known.failures + 1, failingSince, dead, last };
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

/**
 * The customer is to be forgotten. What is left is due only at the lookup store, which must lose the
 * profile, and keeps the leases of deliveries under way, so that nothing overtakes them. The state
 * goes once both are done; the tombstone keeps a late webhook from bringing the customer back.
 */
export function erase(
  state: CustomerState | null,
  now: number,
): { readonly state: CustomerState | null; readonly tombstone: Tombstone } {
  const erasedAt = new Date(now).toISOString();
  const isAhead = state !== null && compareTimes(state.occurredAt, erasedAt) > 0;
  const occurredUntil = isAhead ? state.occurredAt : erasedAt;
  if (state === null) return { state, tombstone: { occurredUntil, sequence: 0 } };

  const sequence = state.sequence + 1;
  const destinations = Object.fromEntries(
    Object.entries(state.destinations).map(([id, known]) => {
      const forgotten = { ...known, delivered: 0, dead: null, last: null, held: null };
      return id === PROFILE_STORE
        ? [id, { ...forgotten, notBefore: now }]
        : [id, { ...forgotten, acknowledged: sequence }];
    }),
  );
  const erased: CustomerState = {
    sequence,
    occurredAt: occurredUntil,
    eventIds: [],
    versions: {},
    destinations,
    timeline: [{ at: now, event: "erased", sequence }],
  };
  return { state: tidy(erased), tombstone: { occurredUntil, sequence } };
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

function isPending(known: DestinationState, sequence: number): boolean {
  return known.acknowledged < sequence && known.dead === null;
}

/** Drops what nothing refers to any more; `null` when an erased customer is forgotten everywhere. */
function tidy(state: CustomerState): CustomerState | null {
  const isForgotten = newestProfile(state) === null && dueAt(state) === null;
  return isForgotten ? null : prune(state);
}

function prune(state: CustomerState): CustomerState {
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

function note(
  timeline: readonly TimelineEntry[] | undefined,
  entry: TimelineEntry,
): TimelineEntry[] {
  return [...(timeline ?? []), entry].slice(-MAX_TIMELINE);
}
