// What the transitions share: how long a timeline gets, who waits for a gate, and when somebody is given up on.
import { describe, expect, it } from "vitest";
import { GIVEN_UP, giveUp, note, strangerAt, summon } from "../../src/ledger/profiles/standing.ts";
import { CLOSED, NOW, POLICY } from "./customer.ts";

const entryAt = (at: number) => ({ at, event: "recorded" as const, sequence: at });
const stranger = strangerAt(POLICY, NOW);

describe("a timeline", () => {
  it("keeps its latest twenty entries", () => {
    let timeline = note(undefined, entryAt(1));
    for (let at = 2; at <= 21; at += 1) timeline = note(timeline, entryAt(at));
    expect(timeline).toHaveLength(20);
    expect([timeline[0]?.at, timeline[19]?.at]).toEqual([2, 21]);
  });
});

describe("whoever waits for a gate", () => {
  it("goes on to wait for the reason it has, though the gate is open by now", () => {
    const held = { ...stranger, held: "HTTP 401" };
    expect(summon(held, POLICY, NOW).held).toBe("HTTP 401");
    expect(summon(held, { ...CLOSED, closed: "paused" }, NOW).held).toBe("HTTP 401");
    expect(summon(stranger, CLOSED, NOW).held).toBe("HTTP 401");
  });
});

describe("a destination that never heard of a customer", () => {
  it("may be called at once, whatever its minimum interval", () => {
    const slow = { ...POLICY, minIntervalMs: NOW };
    expect(strangerAt(slow, NOW)).toMatchObject({ claimedAt: 0, notBefore: NOW, behindSince: NOW });
    expect(summon(strangerAt(slow, NOW), slow, NOW).notBefore).toBe(NOW);
  });
});

describe("a failing destination", () => {
  it("is given up on as soon as it has failed for as long as it may", () => {
    const failing = { ...stranger, failingSince: NOW };
    const end = NOW + POLICY.giveUpAfterMs;
    expect(giveUp(failing, true, POLICY, end - 1)).toBe(failing);
    expect(giveUp(failing, true, POLICY, end).dead).toEqual({ at: end, reason: GIVEN_UP });
    expect(giveUp(failing, false, POLICY, end)).toBe(failing);
    expect(giveUp(stranger, true, POLICY, end)).toBe(stranger);
  });
});
