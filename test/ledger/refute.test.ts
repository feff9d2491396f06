// What comes to light once a destination's job has run: who is a dead letter, who is due again.
import { describe, expect, it } from "vitest";
import { redo, refute } from "../../src/ledger/profiles/refute.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import {
  attempted,
  HOUR_MS,
  NOW,
  POLICY,
  recorded,
  REJECTED,
  SECOND_MS,
  taken,
  turnOf,
} from "./customer.ts";

const ACCEPTED: Settlement = { kind: "accepted", status: 202, job: "job 1" };
const FINDING = { job: "job 1", error: `n${"o".repeat(600)}` };
const DETAIL = `n${"o".repeat(119)}`;
const LATER = NOW + HOUR_MS;
const entry = { at: LATER, destination: "acme", sequence: 1, detail: DETAIL };

const accepted = attempted(recorded(null, 0, 1), ACCEPTED);
const last = { at: LATER, outcome: "rejected", status: null, error: FINDING.error };

describe("a profile that a job refused", () => {
  it("is a dead letter, with the destination's words", () => {
    const state = refute(accepted, POLICY, FINDING, LATER);
    const dead = { at: LATER, reason: "the destination refused it" };
    const expected = { job: null, again: true, behindSince: LATER, last, dead, held: null };
    expect(turnOf(state)).toMatchObject(expected);
    expect(state.timeline).toEqual([...accepted.timeline, { ...entry, event: "dead_lettered" }]);
  });

  it("is none where something newer is on its way, or under way", () => {
    const newer = recorded(accepted, 1, 2, { now: NOW + SECOND_MS });
    for (const state of [newer, taken(newer, NOW + SECOND_MS)]) {
      const refuted = refute(state, POLICY, FINDING, LATER);
      const { lease, behindSince } = turnOf(state);
      const expected = { job: null, again: true, dead: null, last, lease, behindSince };
      expect(turnOf(refuted)).toMatchObject(expected);
      expect(refuted.timeline.at(-1)).toEqual({ ...entry, event: "failed" });
    }
  });

  it("is behind from now on where it was in step, even while somebody else is at it", () => {
    const lease = { id: "lease", sequence: 1, until: LATER };
    const state = { ...accepted, destinations: { acme: { ...turnOf(accepted), lease } } };
    const refuted = turnOf(refute(state, POLICY, FINDING, LATER));
    expect(refuted).toMatchObject({ dead: null, again: true, behindSince: LATER, lease });
  });

  it("stays the dead letter that something newer already is", () => {
    const newer = recorded(accepted, 1, 2, { now: NOW + SECOND_MS });
    const dead = attempted(newer, REJECTED, NOW + SECOND_MS);
    const refuted = refute(dead, POLICY, FINDING, LATER);
    expect(turnOf(refuted).dead).toEqual(turnOf(dead).dead);
    expect(refuted.timeline.at(-1)?.event).toBe("failed");
  });

  it("is of that job, and of no other", () => {
    expect(refute(accepted, POLICY, { ...FINDING, job: "job 2" }, LATER)).toBe(accepted);
    expect(refute(accepted, { ...POLICY, key: "other" }, FINDING, LATER)).toBe(accepted);
  });
});

describe("a profile whose job is lost", () => {
  it("is sent again, after the minimum interval", () => {
    const state = redo(accepted, POLICY, FINDING, LATER);
    const due = { job: null, again: true, dead: null, notBefore: LATER, behindSince: LATER };
    expect(turnOf(state)).toMatchObject(due);
    expect(state.timeline).toEqual([...accepted.timeline, { ...entry, event: "failed" }]);
    const soon = turnOf(redo(accepted, POLICY, FINDING, NOW + 1));
    expect(soon.notBefore).toBe(NOW + SECOND_MS);
  });

  it("stays dead where something newer is", () => {
    const newer = recorded(accepted, 1, 2, { now: NOW + SECOND_MS });
    const dead = attempted(newer, REJECTED, NOW + SECOND_MS);
    const { notBefore, dead: death } = turnOf(dead);
    const expected = { dead: death, notBefore, job: null, again: true };
    expect(turnOf(redo(dead, POLICY, FINDING, LATER))).toMatchObject(expected);
  });

  it("is of that job, and of no other", () => {
    expect(redo(accepted, POLICY, { ...FINDING, job: "job 2" }, LATER)).toBe(accepted);
  });
});
