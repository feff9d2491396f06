// One customer at one destination, for tests of single transitions.
import type { AppliedPolicy } from "../../src/ledger/policy.ts";
import { type Claim, claim, termsOf } from "../../src/ledger/profiles/claim.ts";
import { record, type Recorded } from "../../src/ledger/profiles/record.ts";
import { settle } from "../../src/ledger/profiles/settle.ts";
import type { CustomerState, DestinationState } from "../../src/ledger/profiles/state.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import { profileOf } from "./events.ts";

export const NOW = Date.parse("2026-01-01T00:00:00.000Z");
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;

export const POLICY: AppliedPolicy = {
  id: "acme",
  key: "acme",
  closed: null,
  opensAt: null,
  minIntervalMs: SECOND_MS,
  onlyOn: [],
  giveUpAfterMs: HOUR_MS,
  profiles: "latest",
  notifications: false,
};
export const CLOSED: AppliedPolicy = { ...POLICY, closed: "HTTP 401", opensAt: NOW + HOUR_MS };
/** It cares for tiers alone. */
export const CHOOSY: AppliedPolicy = { ...POLICY, onlyOn: ["tier"] };

export const DELIVERED: Settlement = { kind: "delivered", status: 200 };
export const RETRY: Settlement = { kind: "retry", status: 503, error: "HTTP 503", afterMs: null };
export const REJECTED: Settlement = { kind: "rejected", status: 422, error: "HTTP 422: no" };

/** A webhook from some seconds after the beginning; its points are its content. */
export function webhook(second: number, points: number) {
  return profileOf("ann", new Date(NOW + second * SECOND_MS).toISOString(), points);
}

/** What recording a webhook comes to. */
export function recordOne(
  state: CustomerState | null,
  second: number,
  points: number,
  { now = NOW, policy = POLICY } = {},
): Recorded {
  return record(state, webhook(second, points), { now, policies: [policy], tombstone: null });
}

/** A customer after a webhook that is accepted. */
export function recorded(...args: Parameters<typeof recordOne>): CustomerState {
  const found = recordOne(...args);
  if (found.outcome !== "accepted") throw new Error(`the webhook is ${found.outcome}`);
  return found.state;
}

/** A consumer claims what is due. */
export function take(state: CustomerState, now = NOW, policy = POLICY): Claim {
  return claim(state, [policy], termsOf([policy], { now, leaseId: `lease at ${now}` }));
}

/** A customer whose delivery is under way. */
export function taken(state: CustomerState, now = NOW, policy = POLICY): CustomerState {
  return there(take(state, now, policy).state);
}

/** A customer after an attempt that ended so. */
export function attempted(
  state: CustomerState,
  settlement: Settlement,
  now = NOW,
  policy = POLICY,
): CustomerState {
  return there(settle(taken(state, now, policy), policy, settlement, { now, random: 0.5 }));
}

/** What the destination knows. */
export function turnOf(state: CustomerState | null): DestinationState {
  return there(state?.destinations[POLICY.key]);
}

/** What is written down, oldest first. */
export function eventsOf(state: CustomerState | null): string[] {
  return there(state).timeline.map(({ event }) => event);
}

/** What must be there. */
export function there<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("there is nothing");
  return value;
}
