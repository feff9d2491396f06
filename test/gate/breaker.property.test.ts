// What an operator expects of a gate, held against the real one in any life.
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit, opensAt, waitOf } from "../../src/gate/rules.ts";
import { UNUSED } from "../../src/gate/rate.ts";
import { viewGate } from "../../src/gate/view.ts";
import { ExpectedGate } from "./expected-gate.ts";
import { live, lives } from "./gate-life.ts";

const RUNS = { numRuns: 1_000 };

describe("a gate", () => {
  it("tells whoever asks, whoever reports and whoever looks what an operator expects", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const expected = new ExpectedGate(life.rate);
        for (const moment of live(life).moments) {
          const { now, after, admission } = moment;
          const { state, reason, since, next_attempt_at } = viewGate(after.latch, [], [], now);
          expect({
            admission,
            wait: waitOf(after, now),
            standing: { state, reason, since, next_attempt_at },
            isProbeOut: after.latch.breaker.closure?.isProbing ?? false,
          }).toEqual({
            admission: expected.follow(moment),
            wait: expected.waitAt(now),
            standing: expected.standingAt(now),
            isProbeOut: expected.isProbeOut(),
          });
        }
      }),
      RUNS,
    );
  });

  it("lets the next call through at the very millisecond that it names, and none before", () => {
    fc.assert(
      fc.property(lives, (life) => {
        for (const { after } of live(life).moments) {
          const { latch } = after;
          if (latch.pausedSince !== null || opensAt(latch) === 0) continue;
          const granted = [opensAt(latch) - 1, opensAt(latch)].map(
            (now) => admit({ latch, rate: UNUSED }, 1, life.rate, now).admission.granted,
          );
          expect(granted).toEqual([0, 1]);
        }
      }),
      RUNS,
    );
  });

  it("is the same gate, which need not be stored, where nothing new was learned", () => {
    fc.assert(
      fc.property(lives, (life) => {
        for (const { step, before, after } of live(life).moments) {
          if (step.do === "resume" || !isDeepStrictEqual(before.latch, after.latch)) continue;
          // Whoever asks uses up the rate, which is not stored.
          const [was, is] = step.do === "ask" ? [before.latch, after.latch] : [before, after];
          expect(is).toBe(was);
        }
      }),
      RUNS,
    );
  });
});
