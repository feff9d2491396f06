// What holds for a gate, whoever asks and reports in whatever order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, type GateState, OPEN, report } from "../../src/delivery/gate.ts";

const RUNS = { numRuns: 2_000 };
const FRESH: GateState = { grants: [], promisedUntil: 0, closed: OPEN };

const rate = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  perSeconds: fc.constantFrom(0.1, 1, 2.5, 60),
});
const admission = fc.record({
  kind: fc.constant("admit" as const),
  wanted: fc.integer({ min: 1, max: 30 }),
});
const learned = fc.record({
  kind: fc.constant("report" as const),
  isAnswering: fc.boolean(),
  waitMs: fc.option(fc.integer({ min: 0, max: 5_000 })),
  hold: fc.option(fc.constant("held")),
});
const pause = fc.integer({ min: 0, max: 2_000 });
const step = fc.tuple(pause, fc.oneof({ weight: 4, arbitrary: admission }, learned));

describe("a gate", () => {
  it("never grants more than its limit within its window", () => {
    fc.assert(
      fc.property(rate, fc.array(fc.tuple(pause, admission), { maxLength: 60 }), (given, steps) => {
        const grants: { at: number; granted: number }[] = [];
        let state = FRESH;
        let now = 0;
        for (const [wait, { wanted }] of steps) {
          now += wait;
          const admitted = admit(state, wanted, given, now);
          state = admitted.state;
          grants.push({ at: now, granted: admitted.admission.granted });
        }
        for (const { at: end } of grants) {
          const inWindow = grants.filter(
            ({ at }) => at > end - given.perSeconds * 1000 && at <= end,
          );
          const sum = inWindow.reduce((total, { granted }) => total + granted, 0);
          expect(sum).toBeLessThanOrEqual(given.limit);
        }
      }),
      RUNS,
    );
  });

  it("grants nothing while it is closed, and is never closed for ever", () => {
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 60 }), (given, steps) => {
        let state = FRESH;
        let now = 0;
        for (const [wait, action] of steps) {
          now += wait;
          if (action.kind === "report") {
            state = report(state, action, now);
            continue;
          }
          const isClosed = now < state.closed.until;
          const admitted = admit(state, action.wanted, given, now);
          state = admitted.state;
          const { granted, waitMs } = admitted.admission;
          expect(granted).toBeLessThanOrEqual(isClosed ? 0 : action.wanted);
          expect(granted > 0 || waitMs > 0).toBe(true);
        }
        const later = Math.max(now, state.closed.until) + given.perSeconds * 1000;
        expect(admit(state, 1, given, later).admission.granted).toBe(1);
      }),
      RUNS,
    );
  });

  it("lets those pass that come back at the times they were given", () => {
    // Whole milliseconds between two, so that no rounding brings them too close.
    const evenRate = fc.record({
      limit: fc.constantFrom(1, 2, 5, 10, 20),
      perSeconds: fc.constantFrom(0.1, 1, 2.5, 60),
    });
    const crowd = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(evenRate, crowd, (given, groups) => {
        let state = FRESH;
        const returning: number[] = [];
        for (const wanted of groups) {
          const admitted = admit(state, wanted, given, 0);
          state = admitted.state;
          const { granted, waitMs, spacingMs } = admitted.admission;
          for (let index = 0; index < wanted - granted; index += 1) {
            returning.push(Math.ceil(waitMs + index * spacingMs));
          }
        }
        for (const now of returning.toSorted((left, right) => left - right)) {
          const admitted = admit(state, 1, given, now);
          state = admitted.state;
          expect(admitted.admission.granted).toBe(1);
        }
      }),
      RUNS,
    );
  });
});
