// A customer is forgotten: what is left, for whom, and until when.
import { describe, expect, it } from "vitest";
import { PROFILE_STORE } from "../../src/ledger/policy.ts";
import { erase } from "../../src/ledger/profiles/erase.ts";
import { HOUR_MS, NOW, POLICY, recorded, SECOND_MS, taken, there, webhook } from "./customer.ts";

const STORE = { ...POLICY, id: PROFILE_STORE, key: PROFILE_STORE };
const START = "2026-01-01T00:00:00.000Z";

const until = (second: number) =>
  erase(recorded(null, second, 1), { now: NOW, tombstone: null }).tombstone;

describe("an erased customer", () => {
  const known = taken(recorded(null, 60, 1, { policy: STORE }), NOW, STORE);
  const later = NOW + 5 * SECOND_MS;
  const state = there(erase(known, { now: later, tombstone: null }).state);

  it("is due at the lookup store alone, with nothing of the profile", () => {
    const behind = known.destinations[PROFILE_STORE];
    expect(state).toMatchObject({ sequence: 2, versions: {}, eventIds: [] });
    expect(state.timeline).toEqual([{ at: later, event: "erased", sequence: 2 }]);
    expect(state.destinations[PROFILE_STORE]).toEqual({
      ...behind,
      delivered: 0,
      behindSince: NOW,
      last: null,
    });
  });

  it("waits for no backoff at the lookup store, and is behind from then on if it was not", () => {
    const inStep = { ...there(known.destinations[PROFILE_STORE]), behindSince: null };
    const waiting = {
      ...known,
      destinations: { [PROFILE_STORE]: { ...inStep, notBefore: NOW + HOUR_MS } },
    };
    const erased = there(erase(waiting, { now: later, tombstone: null }).state);
    const forgotten = there(erased.destinations[PROFILE_STORE]);
    expect(forgotten).toMatchObject({ behindSince: later, notBefore: later + SECOND_MS });
  });

  it("stays forgotten up to its newest event, or to now where that is later", () => {
    expect(until(60)).toEqual({ occurredUntil: webhook(60, 1).occurred_at, sequence: 2 });
    expect(until(-60)).toEqual({ occurredUntil: START, sequence: 2 });
  });

  it("counts on from before when it is erased again, though nothing is known of it any more", () => {
    const occurredUntil = "2026-01-01T01:00:00.000Z";
    const tombstone = { occurredUntil, sequence: 7 };
    expect(erase(null, { now: NOW, tombstone })).toEqual({ state: null, tombstone });
    const unknown = { state: null, tombstone: { occurredUntil: START, sequence: 0 } };
    expect(erase(null, { now: NOW, tombstone: null })).toEqual(unknown);
  });
});
