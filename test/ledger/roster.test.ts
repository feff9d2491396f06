// What a partition knows of a destination as a whole: generations, closures, sweeps.
import { describe, expect, it } from "vitest";
import type { DestinationPolicy } from "../../src/ledger/policy.ts";
import {
  advanceSweep,
  appetite,
  apply,
  enrol,
  forgetClosure,
  hear,
  isSweeping,
  lift,
  open,
  type RosterEntry,
  startSweep,
  STRANGER,
  type Word,
} from "../../src/ledger/roster.ts";
import type { Settlement } from "../../src/ledger/turn.ts";

const NOW = 1_000_000;
const SECOND_MS = 1_000;
const ENTRY = enrol(undefined, true) ?? STRANGER;

const POLICY: DestinationPolicy = {
  id: "acme",
  minIntervalMs: 0,
  onlyOn: [],
  giveUpAfterMs: 1,
  profiles: "latest",
  notifications: false,
};

const HELD = { kind: "held", status: 401, reason: "HTTP 401", forMs: 30 * SECOND_MS } as const;
const DELIVERED = { kind: "delivered", status: 200 } as const;
const RETRY = { kind: "retry", status: 503, error: "down", afterMs: null } as const;

const word = (settlement: Settlement, claimedAt = NOW): Word => ({ settlement, claimedAt });
const closed = hear(ENTRY, [word(HELD)], NOW);
const closedReason = (entry: RosterEntry, now: number) => apply(POLICY, entry, now).closed;

describe("a destination", () => {
  it("begins anew when it is added again, under another key", () => {
    expect(apply(POLICY, ENTRY, NOW).key).toBe("acme");
    expect(enrol(ENTRY, true)).toBeNull();
    const removed = enrol(closed, false) ?? STRANGER;
    expect(removed).toMatchObject({ isConfigured: false, closure: null });
    expect(apply(POLICY, enrol(removed, true) ?? STRANGER, NOW).key).toBe("acme.2");
  });

  it("that was never configured is not enrolled for being absent", () => {
    expect(enrol(undefined, false)).toBeNull();
  });
});

describe("a closed gate", () => {
  it("is known from what it turned away, until it may be asked again", () => {
    expect(closedReason(ENTRY, NOW)).toBeNull();
    expect(closedReason(closed, NOW + 30 * SECOND_MS - 1)).toBe("HTTP 401");
    expect(closedReason(closed, NOW + 30 * SECOND_MS)).toBeNull();
  });

  it("lets nobody go, then one to see, then a doorbell's worth", () => {
    expect(appetite(ENTRY, NOW)).toBe(100);
    expect(appetite(closed, NOW)).toBe(0);
    expect(appetite(closed, NOW + 30 * SECOND_MS)).toBe(1);
    expect(appetite(lift(closed, NOW), NOW)).toBe(100);
  });

  it("is open once an answer came when it was time to ask", () => {
    const early = hear(closed, [word(DELIVERED)], NOW + SECOND_MS);
    expect(early).toBe(closed);
    const late = hear(closed, [word(RETRY), word(DELIVERED)], NOW + 31 * SECOND_MS);
    expect(late.closure?.liftedAt).toBe(NOW + 31 * SECOND_MS);
    expect(hear(closed, [word(RETRY)], NOW + 31 * SECOND_MS)).toBe(closed);
  });

  it("stays open in spite of what those say who claimed before it was", () => {
    const lifted = lift(closed, NOW + SECOND_MS);
    expect(hear(lifted, [word(HELD, NOW)], NOW + 2 * SECOND_MS)).toBe(lifted);
    const again = hear(lifted, [word(HELD, NOW + SECOND_MS)], NOW + 2 * SECOND_MS);
    expect(closedReason(again, NOW + 3 * SECOND_MS)).toBe("HTTP 401");
  });

  it("is closed when some were delivered before the others were turned away", () => {
    const both = hear(ENTRY, [word(HELD), word(DELIVERED)], NOW);
    expect(closedReason(both, NOW)).toBe("HTTP 401");
  });

  it("that an operator opened stays open, whoever it had turned away before", () => {
    for (const entry of [ENTRY, closed, lift(closed, NOW - 1)]) {
      const opened = open(entry, NOW + SECOND_MS);
      expect(appetite(opened, NOW + SECOND_MS)).toBe(100);
      // Its delivery was under way when the gate was opened, and is settled only now.
      const late = hear(opened, [word(HELD, NOW)], NOW + 2 * SECOND_MS);
      expect(late).toBe(opened);
      expect(closedReason(late, NOW + 2 * SECOND_MS)).toBeNull();
      // Who asked since then knows better.
      const again = hear(opened, [word(HELD, NOW + 2 * SECOND_MS)], NOW + 3 * SECOND_MS);
      expect(closedReason(again, NOW + 3 * SECOND_MS)).toBe("HTTP 401");
    }
  });

  it("is forgotten when it is over, and a lifted one after all leases from before", () => {
    expect(forgetClosure(closed, NOW)).toBe(closed);
    expect(forgetClosure(closed, NOW + 30 * SECOND_MS).closure).toBeNull();
    const lifted = lift(closed, NOW);
    expect(forgetClosure(lifted, NOW + 59 * SECOND_MS)).toBe(lifted);
    expect(forgetClosure(lifted, NOW + 60 * SECOND_MS).closure).toBeNull();
    expect(lift(lifted, NOW + SECOND_MS)).toBe(lifted);
  });
});

describe("a sweep", () => {
  const order = { total: 3, all: false, startedAt: NOW };
  const begun = startSweep(ENTRY, "backfill", order);

  it("goes on from the last customer, and ends with the first page that is not full", () => {
    const first = advanceSweep(begun.backfill ?? never(), ["a", "b"], 2, NOW);
    expect(first).toMatchObject({ visited: 2, after: "b", finishedAt: null });
    const second = advanceSweep(first, ["c"], 2, NOW + 1);
    expect(second).toMatchObject({ visited: 3, after: "c", finishedAt: NOW + 1 });
    expect(isSweeping({ ...begun, backfill: second }, "backfill")).toBe(false);
  });

  it("is not started twice: not while one is under way, nor one that was done", () => {
    expect(startSweep(begun, "backfill", { ...order, startedAt: NOW + 1 })).toBe(begun);
    const swept = advanceSweep(begun.backfill ?? never(), [], 2, NOW);
    const done = { ...begun, backfill: swept };
    expect(startSweep(done, "backfill", order)).toBe(done);
    const again = startSweep(done, "backfill", { ...order, startedAt: NOW + 1 });
    expect(isSweeping(again, "backfill")).toBe(true);
    expect(isSweeping(again, "replay")).toBe(false);
  });
});

describe("words of one and the same report", () => {
  it("count in their order: the latest says how long the gate is closed", () => {
    const longer = { ...HELD, reason: "HTTP 410", forMs: 60 * SECOND_MS };
    const { closure } = hear(ENTRY, [word(HELD), word(longer)], NOW);
    expect(closure).toEqual({ until: NOW + 60 * SECOND_MS, reason: "HTTP 410", liftedAt: null });
  });

  it("count from the very moment at which it is time to ask again", () => {
    const until = NOW + 30 * SECOND_MS;
    expect(hear(closed, [word(DELIVERED)], until).closure?.liftedAt).toBe(until);
  });
});

describe("a gate that was opened", () => {
  it("is remembered with why it was closed", () => {
    const { closure } = closed;
    expect(lift(closed, NOW + 1).closure).toEqual({ ...closure, liftedAt: NOW + 1 });
    expect(open(closed, NOW + 1).closure).toEqual({ ...closure, liftedAt: NOW + 1 });
    expect(open(ENTRY, NOW).closure).toMatchObject({ until: NOW, liftedAt: NOW });
  });
});

function never(): never {
  throw new Error("there is no sweep");
}
