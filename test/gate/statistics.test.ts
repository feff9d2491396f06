// A destination's figures: what is counted each minute, and what is made of the last minutes.
import { describe, expect, it } from "vitest";
import {
  count,
  failuresOf,
  firstMinuteOf,
  foldMinutes,
  minuteOf,
  NONE,
  quarterOf,
  ratesOf,
  viewQuarter,
} from "../../src/gate/statistics.ts";
import { answered, failed, refused, times } from "../support/gate.ts";

const NOW = Date.parse("2026-01-01T00:10:30Z");
const MINUTE_MS = 60_000;

const minute = (ago: number, ...calls: Parameters<typeof count>[1]) => ({
  minute: minuteOf(NOW - ago * MINUTE_MS),
  counts: count(NONE, calls),
});

describe("a minute's counts", () => {
  it("are of calls, and of deliveries by how they ended", () => {
    const mixed = { ...answered, succeeded: 7, rejected: 2, failed: 1, durationMs: 100 };
    const counts = count(count(NONE, [mixed]), [failed, refused]);
    expect(counts).toMatchObject({ calls: 3, succeeded: 7, rejected: 2, failed: 3 });
    expect(Object.values(counts.latencies)).toEqual([2, 1]);
  });
});

describe("the figures of the last minutes", () => {
  it("are put together from each minute", () => {
    const quick = times(18, { ...answered, durationMs: 20 });
    const slow = times(2, { ...failed, durationMs: 5_000 });
    const rates = ratesOf([minute(1, ...quick), minute(0, ...slow)], 5, NOW);
    expect(rates).toMatchObject({ calls: 20, deliveries: 20, succeeded: 18, success_rate: 0.9 });
    expect(rates.latency_p50_ms).toBeCloseTo(20, -0.5);
    expect((rates.latency_p95_ms ?? 0) / 5_000).toBeCloseTo(1, 1);
  });

  it("are of all deliveries, however they ended", () => {
    const mixed = { ...answered, succeeded: 3, rejected: 2, failed: 1 };
    const rates = ratesOf([minute(1, mixed), minute(0, mixed)], 5, NOW);
    expect(rates).toMatchObject({ calls: 2, deliveries: 12, succeeded: 6, success_rate: 0.5 });
  });

  it("are of no other minutes", () => {
    const minutes = [minute(5, failed), minute(4, answered), minute(0, answered)];
    expect(ratesOf(minutes, 5, NOW)).toMatchObject({ calls: 2, success_rate: 1 });
    expect(ratesOf(minutes, 6, NOW)).toMatchObject({ calls: 3 });
  });

  it("of nothing are none", () => {
    expect(ratesOf([], 5, NOW)).toEqual({
      calls: 0,
      deliveries: 0,
      succeeded: 0,
      success_rate: null,
      latency_p50_ms: null,
      latency_p95_ms: null,
    });
  });
});

describe("failures", () => {
  it("are the calls in which something went wrong, with how many deliveries it cost", () => {
    const part = { ...answered, status: 207, error: "HTTP 422", succeeded: 97, rejected: 3 };
    expect(failuresOf([answered, part, failed], NOW)).toEqual([
      { at: NOW, status: 207, error: "HTTP 422", deliveries: 3 },
      { at: NOW, status: 503, error: "HTTP 503: down", deliveries: 1 },
    ]);
  });

  it("keep at most 500 characters of an error", () => {
    const talker = { ...failed, error: "x".repeat(600) };
    expect(failuresOf([talker], NOW)[0]?.error).toBe("x".repeat(500));
  });
});

const at = (time: string) => Date.parse(`2026-01-01T${time}Z`);
const counted = (time: string, calls: Parameters<typeof count>[1]) => ({
  minute: minuteOf(at(time)),
  counts: count(NONE, calls),
});
const beginOf = (time: string) =>
  new Date(firstMinuteOf(quarterOf(minuteOf(at(time)))) * MINUTE_MS).toISOString().slice(11, 19);

describe("a quarter of an hour", () => {
  it("is what a clock shows", () => {
    const shown = ["12:00:00", "12:14:59.999", "12:15:00", "12:29:30", "12:45:00"];
    const begins = ["12:00:00", "12:00:00", "12:15:00", "12:15:00", "12:45:00"];
    expect(shown.map(beginOf)).toEqual(begins);
  });

  it("has the calls of its minutes, and comes in its turn", () => {
    const quick = { ...answered, durationMs: 20 };
    const slow = { ...failed, rejected: 2, durationMs: 5_000 };
    const folded = foldMinutes([
      counted("12:16:00", [quick]),
      counted("12:01:00", times(18, quick)),
      counted("12:14:00", times(2, slow)),
      counted("12:31:00", [quick]),
      counted("12:29:00", [slow]),
    ]).map(viewQuarter);
    expect(folded).toMatchObject([
      { at: "2026-01-01T12:00:00.000Z", succeeded: 18, rejected: 4, failed: 2 },
      { at: "2026-01-01T12:15:00.000Z", succeeded: 1, rejected: 2, failed: 1 },
      { at: "2026-01-01T12:30:00.000Z", succeeded: 1, rejected: 0, failed: 0 },
    ]);
    expect((folded[0]?.latency_p50_ms ?? 0) / 20).toBeCloseTo(1, 1);
    expect((folded[0]?.latency_p95_ms ?? 0) / 5_000).toBeCloseTo(1, 1);
  });
});
