// What holds for a destination's figures, whatever its calls and whenever they ended: they are held against
// the calls themselves.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { CallReport } from "../../src/gate/call.ts";
import {
  count,
  countsSchema,
  failuresOf,
  firstMinuteOf,
  foldMinutes,
  type Minute,
  minuteOf,
  NONE,
  quarterOf,
  ratesOf,
  viewQuarter,
} from "../../src/gate/statistics.ts";
import { answered, failed } from "../support/gate.ts";

const RUNS = { numRuns: 1_000 };
const MINUTE_MS = 60_000;
const START = Date.parse("2026-01-01T11:00:00Z");

/** A call, and when it ended. */
interface Ended {
  readonly at: number;
  readonly call: CallReport;
}

const few = fc.integer({ min: 0, max: 5 });
const said = fc.oneof(
  fc.constant(null),
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ minLength: 499, maxLength: 600 }),
);
const call: fc.Arbitrary<CallReport> = fc
  .record({
    error: said,
    durationMs: fc.integer({ min: 0, max: 60_000 }),
    succeeded: few,
    rejected: few,
    failed: few,
  })
  .map(({ error, ...counts }) =>
    error === null ? { ...answered, ...counts } : { ...failed, ...counts, error },
  );
const ended: fc.Arbitrary<Ended> = fc.record({
  at: fc.integer({ min: 0, max: 90 * MINUTE_MS }).map((ms) => START + ms),
  call,
});
const history = fc.array(ended, { maxLength: 40 });

/** The minutes of a history as they are counted, one call after the other, in whatever order. */
function minutesOf(calls: readonly Ended[]): readonly Minute[] {
  return [...Map.groupBy(calls, ({ at }) => minuteOf(at))].map(([minute, group]) => ({
    minute,
    counts: group.reduce((known, one) => count(known, [one.call]), NONE),
  }));
}

type Countable = "succeeded" | "rejected" | "failed";
const sum = (calls: readonly Ended[], what: Countable) =>
  calls.reduce((total, one) => total + one.call[what], 0);

/** That a latency is the one in that place, but for a tenth, or a millisecond. */
function expectLatency(found: number | null, calls: readonly Ended[], share: number): void {
  const sorted = calls.map((one) => one.call.durationMs).toSorted((left, right) => left - right);
  const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? null;
  expect(found === null).toBe(exact === null);
  expect(Math.abs((found ?? 0) - (exact ?? 0))).toBeLessThanOrEqual(Math.max(1, (exact ?? 0) / 10));
}

describe("a minute's counts", () => {
  it("are the same whether its calls come one by one or together, and can be read again", () => {
    fc.assert(
      fc.property(fc.array(call), fc.array(call), (first, then) => {
        const counts = count(count(NONE, first), then);
        expect(counts).toEqual(count(NONE, [...then, ...first]));
        expect(v.parse(countsSchema, JSON.parse(JSON.stringify(counts)))).toEqual(counts);
      }),
      RUNS,
    );
  });
});

describe("the figures of the last minutes", () => {
  it("are those of the calls that ended in them", () => {
    fc.assert(
      fc.property(history, ended, fc.constantFrom(1, 5, 60), (calls, { at: now }, span) => {
        // The current minute is the last of them: it began at most a minute ago.
        const from = now - (now % MINUTE_MS) - (span - 1) * MINUTE_MS;
        const past = calls.filter(({ at }) => at <= now);
        const counted = past.filter(({ at }) => at >= from);
        const rates = ratesOf(minutesOf(past), span, now);
        const succeeded = sum(counted, "succeeded");
        const deliveries = succeeded + sum(counted, "rejected") + sum(counted, "failed");
        const success_rate = deliveries === 0 ? null : succeeded / deliveries;
        expect(rates).toMatchObject({
          calls: counted.length,
          deliveries,
          succeeded,
          success_rate,
        });
        expectLatency(rates.latency_p50_ms, counted, 0.5);
        expectLatency(rates.latency_p95_ms, counted, 0.95);
      }),
      RUNS,
    );
  });
});

describe("the quarters of an hour", () => {
  it("have each call once, in the quarter that a clock showed, oldest first", () => {
    fc.assert(
      fc.property(history, (calls) => {
        const quarters = foldMinutes(minutesOf(calls)).map(viewQuarter);
        const begins = quarters.map(({ at }) => at);
        const onClock = calls.map(({ at }) => {
          const time = new Date(at);
          time.setUTCMinutes(
            [0, 15, 30, 45].findLast((begin) => begin <= time.getUTCMinutes()) ?? 0,
            0,
            0,
          );
          return time.toISOString();
        });
        expect(begins).toEqual([...new Set(onClock)].toSorted());
        for (const quarter of quarters) {
          const within = calls.filter((_, index) => onClock[index] === quarter.at);
          const { succeeded, rejected, failed: lost } = quarter;
          expect({ succeeded, rejected, failed: lost }).toEqual({
            succeeded: sum(within, "succeeded"),
            rejected: sum(within, "rejected"),
            failed: sum(within, "failed"),
          });
          expectLatency(quarter.latency_p50_ms, within, 0.5);
          expectLatency(quarter.latency_p95_ms, within, 0.95);
        }
      }),
      RUNS,
    );
  });

  it("begin with a minute of theirs, and the one before it is in another", () => {
    fc.assert(
      fc.property(ended, ({ at }) => {
        const quarter = quarterOf(minuteOf(at));
        const first = firstMinuteOf(quarter);
        expect([first - 1, first, first + 14, first + 15].map(quarterOf)).toEqual([
          quarter - 1,
          quarter,
          quarter,
          quarter + 1,
        ]);
      }),
      RUNS,
    );
  });
});

describe("failures", () => {
  it("are the calls in which something went wrong, each with the beginning of what was said", () => {
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const wrong = calls.filter(({ error }) => error !== null);
        const failures = failuresOf(calls, START);
        expect(failures.map(({ deliveries }) => deliveries)).toEqual(
          wrong.map((one) => one.rejected + one.failed),
        );
        expect(failures.map(({ error }) => error)).toEqual(
          wrong.map(({ error }) => error?.substring(0, 500)),
        );
        for (const { at, status } of failures) expect([at, status]).toEqual([START, 503]);
      }),
      RUNS,
    );
  });
});
