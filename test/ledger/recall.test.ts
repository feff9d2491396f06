// What an operator, or a gate that opens again, makes due: when, with how much time, and what is written down.
import { describe, expect, it } from "vitest";
import { backfill, release, replay, resync } from "../../src/ledger/profiles/recall.ts";
import {
  attempted,
  CLOSED,
  DELIVERED,
  HOUR_MS,
  NOW,
  POLICY,
  recorded,
  REJECTED,
  SECOND_MS,
  turnOf,
} from "./customer.ts";

const first = recorded(null, 0, 1);
const inStep = attempted(first, DELIVERED);
const dead = attempted(first, REJECTED);
const SOON = NOW + SECOND_MS / 2;
const LATER = NOW + HOUR_MS;
const entry = (event: string) => ({ at: LATER, destination: "acme", sequence: 1, event });

describe("a customer that was held", () => {
  const held = recorded(inStep, 1, 2, { now: SOON, policy: CLOSED });

  it("is due at once, but for the minimum interval", () => {
    expect(turnOf(release(held, POLICY, SOON))).toMatchObject({
      held: null,
      notBefore: NOW + SECOND_MS,
    });
    expect(turnOf(release(held, POLICY, LATER))).toMatchObject({ held: null, notBefore: LATER });
  });

  it("is let go where it is held, and nobody else", () => {
    expect(release(first, POLICY, LATER)).toBe(first);
    expect(release(held, { ...POLICY, key: "other" }, LATER)).toBe(held);
  });
});

describe("a dead letter", () => {
  it("is replayed with as much time as at first, and that is written down", () => {
    const replayed = replay(dead, POLICY, LATER);
    const alive = { dead: null, failingSince: null, behindSince: LATER, notBefore: LATER };
    expect(turnOf(replayed)).toMatchObject(alive);
    expect(replayed.timeline).toEqual([...dead.timeline, entry("replayed")]);
  });

  it("is backfilled alike", () => {
    const filled = backfill(dead, POLICY, LATER);
    expect(turnOf(filled)).toMatchObject({ dead: null, behindSince: LATER, notBefore: LATER });
    expect(filled.timeline.at(-1)).toEqual(entry("backfilled"));
  });
});

describe("whoever is not dead", () => {
  it("is neither replayed nor backfilled", () => {
    expect(replay(inStep, POLICY, LATER)).toBe(inStep);
    expect(backfill(inStep, POLICY, LATER)).toBe(inStep);
    expect(backfill(first, POLICY, LATER)).toBe(first);
  });

  it("is sent the newest once more where that is asked for, after its minimum interval", () => {
    const again = resync(inStep, POLICY, SOON);
    const due = { again: true, notBefore: NOW + SECOND_MS, behindSince: SOON };
    expect(turnOf(again)).toMatchObject(due);
    expect(again.timeline.at(-1)).toEqual({ ...entry("resynced"), at: SOON });
  });
});

describe("a destination that never heard of the customer", () => {
  const stranger = { ...POLICY, key: "acme.2" };

  it("is behind from when it is asked for", () => {
    const unknown = {
      acknowledged: 0,
      delivered: 0,
      claimedAt: 0,
      behindSince: LATER,
      notBefore: LATER,
    };
    const filled = backfill(inStep, stranger, LATER).destinations["acme.2"];
    expect(filled).toMatchObject({ ...unknown, again: false, job: null, dead: null, held: null });
    const synced = resync(inStep, stranger, LATER).destinations["acme.2"];
    expect(synced).toMatchObject({ ...unknown, again: true });
  });

  it("has nothing to replay", () => {
    expect(replay(inStep, stranger, LATER)).toBe(inStep);
  });
});
