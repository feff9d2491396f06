// What holds for a gate, whoever asks, reports, pauses and resumes in whatever order, and whoever dies.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { admit, FRESH, latchSchema, opensAt, pause, report, resume } from "../../src/gate/rules.ts";
import { answered } from "../support/gate.ts";
import { live, lives, LONGEST_MS } from "./gate-life.ts";

const RUNS = { numRuns: 1_000 };
const MINUTE_MS = 60_000;

describe("a gate", () => {
  it("always lets a call through again, unless it is paused or the CRM asked for a longer wait", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { state, now } = live(life);
        const { pausedSince, askedUntil } = state.latch;
        const later = Math.max(now + LONGEST_MS, askedUntil);
        const { granted } = admit(state, 1, life.rate, later).admission;
        expect(granted).toBe(pausedSince === null ? 1 : 0);
      }),
      RUNS,
    );
  });

  it("lets a single probe through for each wait, and nobody else, while it is closed", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { moments } = live(life);
        const closed = moments.filter(({ before }) => before.latch.breaker.closure !== null);
        const passed = closed.flatMap(({ admission }) =>
          admission === null || admission.granted === 0 ? [] : [admission],
        );
        expect(passed.every(({ granted, isProbe }) => granted === 1 && isProbe)).toBe(true);

        let outUntil = 0;
        const tooEarly: number[] = [];
        for (const { now, after, admission, heard } of moments) {
          const isProbe = admission?.isProbe === true;
          if (isProbe && now < outUntil) tooEarly.push(now);
          if (isProbe) outUntil = now + MINUTE_MS;
          // A report of the probe, or a resume, lets the next one out earlier; nothing else does.
          const isBack = heard.some((call) => call.isProbe);
          if (isBack || after.latch.breaker.closure === null) outUntil = 0;
        }
        expect(tooEarly).toEqual([]);
      }),
      RUNS,
    );
  });

  it("grants nothing while it is paused, and everything after a resume but what the CRM asked for", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { moments, state, now } = live(life);
        const paused = moments.filter(({ before }) => before.latch.pausedSince !== null);
        expect(paused.every(({ admission }) => (admission?.granted ?? 0) === 0)).toBe(true);
        const resumed = resume(pause(state, now));
        const { limit, perSeconds } = life.rate;
        const later = Math.max(now + perSeconds * 1000, state.latch.askedUntil);
        expect(admit(resumed, limit, life.rate, later).admission.granted).toBe(limit);
      }),
      RUNS,
    );
  });

  it("grants nothing before the CRM's wish to wait and the wait for a probe are over", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { moments } = live(life);
        const early = moments.filter(({ now, before }) => now < opensAt(before.latch));
        expect(early.every(({ admission }) => (admission?.granted ?? 0) === 0)).toBe(true);
      }),
      RUNS,
    );
  });

  it("tells whoever is not let through to come back later, and in time", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { state, now } = live(life);
        const { granted, waitMs } = admit(state, 1, life.rate, now).admission;
        expect(granted === 1 || waitMs > 0).toBe(true);
        // Those before it may have been given times; whoever has no time behind them waits for a probe at most.
        const until = Math.max(state.latch.askedUntil, state.rate.promisedUntil);
        expect(waitMs).toBeLessThanOrEqual(Math.max(LONGEST_MS, until - now));
      }),
      RUNS,
    );
  });

  it("has nothing left to remember once a destination has been well for 20 calls", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { state, now } = live(life);
        const later = Math.max(now + LONGEST_MS, state.latch.askedUntil);
        let next = resume(state);
        for (let index = 0; index < 20; index += 1) {
          expect(admit(next, 1, life.rate, later + index * 1_000).admission.granted).toBe(1);
          next = report(next, [answered], later + index * 1_000);
        }
        expect(next.latch).toEqual({ ...FRESH.latch, askedUntil: state.latch.askedUntil });
      }),
      RUNS,
    );
  });

  it("can be stored, and read again, whatever happened", () => {
    fc.assert(
      fc.property(lives, (life) => {
        for (const { after } of live(life).moments) {
          expect(v.parse(v.strictObject(latchSchema.entries), after.latch)).toEqual(after.latch);
        }
      }),
      RUNS,
    );
  });

  it("is clean after an answer to its probe", () => {
    fc.assert(
      fc.property(lives, (life) => {
        const { moments } = live(life);
        for (const { before, after, heard } of moments) {
          const [call] = heard;
          if (before.latch.breaker.closure === null || heard.length !== 1) continue;
          if (call?.isProbe !== true || call.verdict !== "answered") continue;
          expect(after.latch.breaker).toEqual(FRESH.latch.breaker);
        }
      }),
      RUNS,
    );
  });
});
