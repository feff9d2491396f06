// What holds for a gate, whoever asks, reports, pauses and resumes in whatever order, and whoever dies.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { CallReport } from "../../src/gate/call.ts";
import {
  admit,
  FRESH,
  type GateState,
  latchSchema,
  opensAt,
  pause,
  report,
  resume,
} from "../../src/gate/rules.ts";
import { answered, busy, failed, refused } from "../support/gate.ts";

const RUNS = { numRuns: 3_000 };
const RATE = { limit: 5, perSeconds: 1 };
const MINUTE_MS = 60_000;
/** The longest wait between two probes, and the time after which one is taken for lost. */
const LONGEST_MS = 15 * MINUTE_MS + MINUTE_MS;

/** How a call ends; `null`: later, or its consumer died and nobody ever hears of it. */
const ending = fc.oneof(
  { weight: 3, arbitrary: fc.constant(failed) },
  { weight: 2, arbitrary: fc.constant(answered) },
  fc.constant(refused),
  fc.integer({ min: 1, max: 5 * MINUTE_MS }).map(busy),
  fc.constant(null),
);
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("call" as const), ending }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("report" as const), ending }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pause" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("resume" as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;
const pauseMs = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: LONGEST_MS }));
const schedule = fc.array(fc.tuple(pauseMs, action), { maxLength: 80 });

/** One step of a history, with the gate before and after it. */
interface Moment {
  readonly now: number;
  readonly before: GateState;
  readonly after: GateState;
  readonly granted: number;
  readonly isProbe: boolean;
  readonly heard: CallReport | null;
}

/** Lives through a schedule. A call that did not end at once may end with a later report. */
function live(steps: readonly (readonly [number, Action])[]): {
  readonly moments: readonly Moment[];
  readonly state: GateState;
  readonly now: number;
} {
  const moments: Moment[] = [];
  const underWay: { isProbe: boolean }[] = [];
  let state = FRESH;
  let now = 1_000_000;
  for (const [wait, step] of steps) {
    now += wait;
    const before = state;
    let [granted, isProbe] = [0, false];
    if (step.kind === "pause") state = pause(state, now);
    if (step.kind === "resume") state = resume(state);
    if (step.kind === "call") {
      const admitted = admit(state, 3, RATE, now);
      state = admitted.state;
      ({ granted, isProbe } = admitted.admission);
      if (granted > 0) underWay.push({ isProbe });
    }
    const ended = "ending" in step ? step.ending : null;
    const call = ended === null ? undefined : underWay.pop();
    const heard = ended === null || call === undefined ? null : { ...ended, ...call };
    if (heard !== null) state = report(state, [heard], now);
    moments.push({ now, before, after: state, granted, isProbe, heard });
  }
  return { moments, state, now };
}

describe("a gate", () => {
  it("always lets a call through again, unless it is paused or the CRM asked for a longer wait", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { state, now } = live(steps);
        const { pausedSince, askedUntil } = state.latch;
        const later = Math.max(now + LONGEST_MS, askedUntil);
        const { granted } = admit(state, 1, RATE, later).admission;
        expect(granted).toBe(pausedSince === null ? 1 : 0);
      }),
      RUNS,
    );
  });

  it("lets a single probe through for each wait, and nobody else, while it is closed", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { moments } = live(steps);
        const closed = moments.filter(({ before }) => before.latch.breaker.closure !== null);
        const passed = closed.filter(({ granted }) => granted > 0);
        expect(passed.every(({ granted, isProbe }) => granted === 1 && isProbe)).toBe(true);

        let outUntil = 0;
        const tooEarly: number[] = [];
        for (const { now, after, isProbe, heard } of moments) {
          if (isProbe && now < outUntil) tooEarly.push(now);
          if (isProbe) outUntil = now + MINUTE_MS;
          // A report of the probe, or a resume, lets the next one out earlier; nothing else does.
          if (heard?.isProbe === true || after.latch.breaker.closure === null) outUntil = 0;
        }
        expect(tooEarly).toEqual([]);
      }),
      RUNS,
    );
  });

  it("grants nothing while it is paused, and everything after a resume but what the CRM asked for", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { moments, state, now } = live(steps);
        const paused = moments.filter(({ before }) => before.latch.pausedSince !== null);
        expect(paused.every(({ granted }) => granted === 0)).toBe(true);
        const resumed = resume(pause(state, now));
        const later = Math.max(now + 1_000, state.latch.askedUntil);
        expect(admit(resumed, 3, RATE, later).admission.granted).toBe(3);
      }),
      RUNS,
    );
  });

  it("grants nothing before the CRM's wish to wait and the wait for a probe are over", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { moments } = live(steps);
        const early = moments.filter(({ now, before }) => now < opensAt(before.latch));
        expect(early.every(({ granted }) => granted === 0)).toBe(true);
      }),
      RUNS,
    );
  });

  it("tells whoever is not let through to come back later, and in time", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { state, now } = live(steps);
        const { granted, waitMs } = admit(state, 1, RATE, now).admission;
        expect(granted === 1 || waitMs > 0).toBe(true);
        const { askedUntil } = state.latch;
        expect(waitMs).toBeLessThanOrEqual(Math.max(LONGEST_MS, askedUntil - now));
      }),
      RUNS,
    );
  });

  it("has nothing left to remember once a destination has been well for 20 calls", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const { state, now } = live(steps);
        const later = Math.max(now + LONGEST_MS, state.latch.askedUntil);
        let next = resume(state);
        for (let index = 0; index < 20; index += 1) {
          expect(admit(next, 1, RATE, later + index * 1_000).admission.granted).toBe(1);
          next = report(next, [answered], later + index * 1_000);
        }
        expect(next.latch).toEqual({ ...FRESH.latch, askedUntil: state.latch.askedUntil });
      }),
      RUNS,
    );
  });

  it("can be stored, and read again, whatever happened", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        for (const { after } of live(steps).moments) {
          expect(v.parse(v.strictObject(latchSchema.entries), after.latch)).toEqual(after.latch);
        }
      }),
      RUNS,
    );
  });

  it("is clean after an answer to its probe", () => {
    fc.assert(
      fc.property(schedule, (steps) => {
        const ended = live(steps).moments.filter(
          ({ before, heard }) =>
            before.latch.breaker.closure !== null &&
            heard?.isProbe === true &&
            heard.verdict === "answered",
        );
        for (const { after } of ended) {
          expect(after.latch.breaker).toEqual(FRESH.latch.breaker);
        }
      }),
      RUNS,
    );
  });
});
