// A consumer claims what is due: who is called, who is spared, and what is written down.
import { describe, expect, it } from "vitest";
import { LEASE_MS } from "../../src/ledger/policy.ts";
import { resync } from "../../src/ledger/profiles/recall.ts";
import {
  attempted,
  CHOOSY,
  CLOSED,
  DELIVERED,
  eventsOf,
  HOUR_MS,
  NOW,
  POLICY,
  recorded,
  RETRY,
  SECOND_MS,
  take,
  taken,
  there,
  turnOf,
} from "./customer.ts";

const LATER = NOW + LEASE_MS;

/** In step with points 1; those of an odd number are all gold. */
const inStep = attempted(recorded(null, 0, 1, { policy: CHOOSY }), DELIVERED, NOW, CHOOSY);
const options = { now: NOW + SECOND_MS, policy: CHOOSY };

describe("a destination in whose only_on nothing changed", () => {
  const spared = take(recorded(inStep, 1, 3, options), NOW + SECOND_MS, CHOOSY);

  it("is in step without a call, and that is written down", () => {
    expect(spared.deliveries).toEqual([]);
    const known = turnOf(spared.state);
    expect(known).toMatchObject({ acknowledged: 2, delivered: 1, behindSince: null, lease: null });
    expect(there(spared.state).timeline.at(-1)).toEqual({
      at: NOW + SECOND_MS,
      destination: "acme",
      sequence: 2,
      event: "unchanged",
    });
  });

  it("is called where it has none, or something in it changed", () => {
    const all = take(recorded(inStep, 1, 3, options), NOW + SECOND_MS, POLICY);
    expect(all.deliveries).toHaveLength(1);
    const silver = take(recorded(inStep, 1, 2, options), NOW + SECOND_MS, CHOOSY);
    expect(silver.deliveries).toHaveLength(1);
  });

  it("is called after a failed attempt, since nobody knows what it holds", () => {
    const failed = attempted(recorded(inStep, 1, 2, options), RETRY, NOW + SECOND_MS, CHOOSY);
    const back = recorded(failed, 2, 3, { now: NOW + 2 * SECOND_MS, policy: CHOOSY });
    expect(turnOf(back).failures).toBe(1);
    expect(take(back, NOW + HOUR_MS, CHOOSY).deliveries).toMatchObject([{ attempt: 2 }]);
  });

  it("is called when it was asked for", () => {
    const again = resync(inStep, CHOOSY, NOW + SECOND_MS);
    expect(take(again, NOW + SECOND_MS, CHOOSY).deliveries).toMatchObject([{ again: true }]);
  });
});

describe("a lease whose consumer never came back", () => {
  const underWay = taken(recorded(null, 0, 1));

  it("is over after its time and not before, as a failed attempt that is written down", () => {
    expect(take(underWay, LATER - 1)).toMatchObject({ deliveries: [], lent: null });
    expect(turnOf(take(underWay, LATER - 1).state)).toEqual(turnOf(underWay));
    const { state, deliveries } = take(underWay, LATER);
    expect(deliveries).toMatchObject([{ attempt: 2, sequence: 1 }]);
    expect(eventsOf(state)).toEqual(["recorded", "lease_lost"]);
    expect(turnOf(state)).toMatchObject({ failures: 1, failingSince: LATER });
  });

  it("makes a dead letter where it has failed for too long, and that is written down", () => {
    const again = taken(underWay, LATER);
    const { state, deliveries } = take(again, LATER + HOUR_MS);
    expect(deliveries).toEqual([]);
    expect(turnOf(state).dead?.at).toBe(LATER + HOUR_MS);
    expect(eventsOf(state)).toEqual(["recorded", "lease_lost", "lease_lost", "dead_lettered"]);
    expect(there(state).timeline.at(-1)).toMatchObject({ destination: "acme", sequence: 1 });
  });

  it("costs nothing where what it was to deliver is not needed any more", () => {
    const known = { ...turnOf(underWay), acknowledged: 1, behindSince: null };
    const { state } = take({ ...underWay, destinations: { acme: known } }, LATER);
    expect(turnOf(state)).toMatchObject({ lease: null, failures: 0, last: null });
  });
});

describe("a delivery", () => {
  it("is claimed once, and not again before the minimum interval is over", () => {
    const { state, deliveries } = take(recorded(null, 0, 1));
    expect(deliveries).toEqual([
      {
        destination: "acme",
        leaseId: `lease at ${NOW}`,
        sequence: 1,
        attempt: 1,
        changes: null,
        again: false,
      },
    ]);
    const lease = { id: `lease at ${NOW}`, sequence: 1, until: NOW + LEASE_MS };
    expect(turnOf(state)).toMatchObject({ lease, claimedAt: NOW, notBefore: NOW + SECOND_MS });
    expect(eventsOf(state)).toEqual(["recorded"]);
    expect(take(there(state), NOW + SECOND_MS).deliveries).toEqual([]);
  });

  it("is held where the gate is closed", () => {
    const { state, deliveries } = take(recorded(null, 0, 1), NOW, CLOSED);
    expect(deliveries).toEqual([]);
    expect(turnOf(state)).toMatchObject({ held: "HTTP 401", lease: null });
  });
});
