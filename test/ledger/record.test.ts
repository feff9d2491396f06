// A webhook is recorded: which of several counts, also where they are of one and the same instant.
import { describe, expect, it } from "vitest";
import { PROFILE_STORE } from "../../src/ledger/policy.ts";
import { erase } from "../../src/ledger/profiles/erase.ts";
import { record } from "../../src/ledger/profiles/record.ts";
import { newestProfile } from "../../src/ledger/profiles/standing.ts";
import {
  attempted,
  CLOSED,
  DELIVERED,
  NOW,
  POLICY,
  recorded,
  recordOne,
  SECOND_MS,
  taken,
  there,
  turnOf,
  webhook,
} from "./customer.ts";

describe("events of one and the same instant", () => {
  it("are told from duplicates: the one that came last counts", () => {
    const second = recorded(recorded(null, 0, 1), 0, 2);
    expect(second).toMatchObject({ sequence: 2, eventIds: [webhook(0, 1), webhook(0, 2)].map(id) });
    expect(newestProfile(second)?.points.total).toBe(2);
    expect(recordOne(second, 0, 1).outcome).toBe("duplicate");
    expect(recordOne(second, 0, 2).outcome).toBe("duplicate");
  });

  it("are remembered up to the sixteenth, and only until a later one comes", () => {
    let state = recorded(null, 0, 1);
    for (let points = 2; points <= 17; points += 1) state = recorded(state, 0, points);
    expect(state.eventIds).toHaveLength(16);
    expect(recordOne(state, 0, 2).outcome).toBe("duplicate");
    expect(recordOne(state, 0, 1).outcome).toBe("accepted");
    expect(recorded(state, 1, 1).eventIds).toEqual([webhook(1, 1).event_id]);
  });

  it("are stale where the customer was erased then, whether or not that is done", () => {
    const known = recorded(null, 60, 1, { policy: { ...POLICY, key: PROFILE_STORE } });
    const { state, tombstone } = erase(known, { now: NOW, tombstone: null });
    expect(newestProfile(there(state))).toBeNull();
    expect(recordOne(state, 60, 2).outcome).toBe("stale");
    expect(recordOne(state, 61, 2).outcome).toBe("accepted");
    const context = { now: NOW, policies: [POLICY], tombstone };
    expect(record(null, webhook(60, 2), context).outcome).toBe("stale");
    expect(record(null, webhook(61, 2), context)).toMatchObject({ state: { sequence: 3 } });
  });
});

describe("a sequence", () => {
  it("counts what was accepted: 1, 2, 3", () => {
    const first = recorded(null, 0, 1);
    const second = recorded(first, 1, 1);
    expect([first, second, recorded(second, 2, 1)].map(({ sequence }) => sequence)).toEqual([
      1, 2, 3,
    ]);
  });
});

describe("a destination that hears of something newer", () => {
  it("keeps its place where it waits its turn already", () => {
    const waiting = recorded(null, 0, 1);
    expect(turnOf(recorded(waiting, 1, 2, { now: NOW + 5 })).notBefore).toBe(NOW);
    // Its last claim would make it wait, had it not been told when it may be claimed again.
    const destinations = { acme: { ...turnOf(waiting), claimedAt: NOW } };
    const soon = recorded({ ...waiting, destinations }, 1, 2);
    expect(turnOf(soon).notBefore).toBe(NOW);
  });

  it("waits for its minimum interval where it is in step, and is behind from then on", () => {
    const inStep = attempted(recorded(null, 0, 1), DELIVERED);
    const behind = turnOf(recorded(inStep, 1, 2, { now: NOW + 5 }));
    expect(behind).toMatchObject({ notBefore: NOW + SECOND_MS, behindSince: NOW + 5, held: null });
  });

  it("waits for its gate where that is closed", () => {
    const inStep = attempted(recorded(null, 0, 1), DELIVERED);
    expect(turnOf(recorded(inStep, 1, 2, { policy: CLOSED })).held).toBe("HTTP 401");
    expect(turnOf(recorded(null, 0, 1, { policy: CLOSED })).held).toBe("HTTP 401");
  });

  it("is behind since before where it already was", () => {
    const underWay = taken(recorded(null, 0, 1));
    expect(turnOf(recorded(underWay, 1, 2, { now: NOW + 5 })).behindSince).toBe(NOW);
  });
});

function id({ event_id }: { readonly event_id: string }): string {
  return event_id;
}
