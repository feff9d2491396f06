// The gate's rules: rate, waits that a CRM asked for, and holds with their probe.
import { describe, expect, it } from "vitest";
import {
  admit,
  type GateState,
  OPEN,
  type Report,
  report,
  waitOf,
} from "../../src/delivery/gate.ts";

const NOW = 1_000_000;
const RATE = { limit: 3, perSeconds: 1 };
const FRESH: GateState = { grants: [], promisedUntil: 0, closed: OPEN };

const answered: Report = { isAnswering: true, waitMs: null, hold: null };
const failed: Report = { isAnswering: false, waitMs: null, hold: null };
const asksToWait = (waitMs: number): Report => ({ isAnswering: false, waitMs, hold: null });
const refuses: Report = { isAnswering: false, waitMs: null, hold: "the credentials were refused" };

/** Applies steps to a fresh gate. */
const after = (...steps: ((state: GateState) => GateState)[]): GateState =>
  steps.reduce((state, step) => step(state), FRESH);
const admitted = (wanted: number, now: number) => (state: GateState) =>
  admit(state, wanted, RATE, now).state;
const reported = (learned: Report, now: number) => (state: GateState) =>
  report(state, learned, now);

describe("the rate", () => {
  it("grants what is wanted up to the limit", () => {
    expect(admit(FRESH, 2, RATE, NOW).admission).toMatchObject({ granted: 2, waitMs: 0 });
    expect(admit(FRESH, 3, RATE, NOW).admission.granted).toBe(3);
  });

  it("grants a part, and says when the others may ask again", () => {
    expect(admit(FRESH, 5, RATE, NOW).admission).toEqual({
      granted: 3,
      waitMs: 1_000,
      spacingMs: 1_000 / 3,
      reason: null,
    });
  });

  it("grants nothing more until the window has passed", () => {
    const used = after(admitted(3, NOW));
    expect(admit(used, 1, RATE, NOW + 999).admission).toMatchObject({ granted: 0, waitMs: 1 });
    expect(admit(used, 1, RATE, NOW + 1_000).admission.granted).toBe(1);
  });

  it("frees what was granted first when its time has passed", () => {
    const used = after(admitted(1, NOW), admitted(2, NOW + 600));
    expect(admit(used, 3, RATE, NOW + 1_100).admission.granted).toBe(1);
  });

  it("gives those that must wait times one behind the other", () => {
    const first = admit(after(admitted(3, NOW)), 3, RATE, NOW);
    const second = admit(first.state, 3, RATE, NOW);
    const third = admit(second.state, 3, RATE, NOW);
    const waits = [first, second, third].map(({ admission }) => admission.waitMs);
    expect(waits).toEqual([1_000, 2_000, 3_000]);
  });
});

describe("a wish to wait", () => {
  it("closes the gate for everybody until its end", () => {
    const waiting = after(reported(asksToWait(5_000), NOW));
    expect(admit(waiting, 1, RATE, NOW + 4_999).admission).toEqual({
      granted: 0,
      waitMs: 1,
      spacingMs: 0,
      reason: "the destination asked to wait",
    });
    expect(admit(waiting, 1, RATE, NOW + 5_000).admission.granted).toBe(1);
  });

  it("is not shortened by a shorter one, nor by an answer that was under way", () => {
    const steps = [reported(asksToWait(5_000), NOW), reported(asksToWait(1_000), NOW + 1)];
    const waiting = after(...steps, reported(answered, NOW + 2));
    expect(waitOf(waiting, NOW).waitMs).toBe(5_000);
  });
});

describe("a hold", () => {
  it("lasts 30 s, then twice as long each time, at most 15 min", () => {
    let state = FRESH;
    let now = NOW;
    const waits: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      state = report(admit(state, 1, RATE, now).state, refuses, now);
      waits.push(waitOf(state, now).waitMs);
      now = state.closed.until;
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  it("says why", () => {
    const held = after(reported(refuses, NOW));
    expect(admit(held, 1, RATE, NOW).admission).toMatchObject({
      granted: 0,
      waitMs: 30_000,
      reason: "the credentials were refused",
    });
  });

  it("is not prolonged by refusals of calls that were under way", () => {
    const held = after(reported(refuses, NOW), reported(refuses, NOW + 5));
    expect(waitOf(held, NOW).waitMs).toBe(30_000);
    expect(held.closed.holds).toBe(1);
  });

  it("lets a single probe through at its end, and nobody behind it", () => {
    const held = after(reported(refuses, NOW));
    const probe = admit(held, 3, RATE, NOW + 30_000);
    expect(probe.admission.granted).toBe(1);
    expect(admit(probe.state, 3, RATE, NOW + 30_001).admission.granted).toBe(0);
  });

  it("lets those ask again soon that come while the probe is out: it may open at any moment", () => {
    const held = after(reported(refuses, NOW));
    const probe = admit(held, 3, RATE, NOW + 30_000);
    const others = admit(probe.state, 3, RATE, NOW + 30_010);
    expect([probe, others].map(({ admission }) => admission.waitMs)).toEqual([5_000, 5_000]);
    const opened = report(others.state, answered, NOW + 30_300);
    expect(admit(opened, 3, RATE, NOW + 35_010).admission.granted).toBe(3);
  });

  it("ends with an answer to the probe", () => {
    const open = after(
      reported(refuses, NOW),
      admitted(1, NOW + 30_000),
      reported(answered, NOW + 30_001),
    );
    expect(open.closed).toBe(OPEN);
    expect(admit(open, 2, RATE, NOW + 30_002).admission.granted).toBe(2);
  });

  it("goes on when the probe fails otherwise, and lets another through in time", () => {
    const probed = after(
      reported(refuses, NOW),
      admitted(1, NOW + 30_000),
      reported(failed, NOW + 30_001),
    );
    expect(admit(probed, 1, RATE, NOW + 30_002).admission.granted).toBe(0);
    expect(admit(probed, 3, RATE, NOW + 90_000).admission.granted).toBe(1);
  });

  it("takes a probe that was never reported for lost after a minute", () => {
    const lost = after(reported(refuses, NOW), admitted(1, NOW + 30_000));
    expect(admit(lost, 1, RATE, NOW + 89_999).admission.granted).toBe(0);
    expect(admit(lost, 1, RATE, NOW + 90_000).admission.granted).toBe(1);
  });

  it("lasts as long as the refusal itself asked for, when that is longer", () => {
    const held = after(reported({ ...refuses, waitMs: 120_000 }, NOW));
    expect(waitOf(held, NOW).waitMs).toBe(120_000);
  });

  it("gives way to a wish to wait that answers the probe", () => {
    const waiting = after(
      reported(refuses, NOW),
      admitted(1, NOW + 30_000),
      reported(asksToWait(2_000), NOW + 30_001),
    );
    expect(waitOf(waiting, NOW + 30_001).waitMs).toBe(2_000);
    expect(admit(waiting, 3, RATE, NOW + 32_001).admission.granted).toBe(3);
  });
});

describe("an open gate", () => {
  it("stays open when a call fails without a wish", () => {
    expect(after(reported(failed, NOW))).toBe(FRESH);
    expect(after(reported(asksToWait(0), NOW))).toBe(FRESH);
  });
});
