// What holds for percentiles, whatever the latencies.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addLatency,
  type Latencies,
  mergeLatencies,
  percentileMs,
} from "../../src/gate/latency.ts";

const RUNS = { numRuns: 2_000 };

const latency = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60_000 }));
const several = fc.array(latency, { minLength: 1, maxLength: 100 });
const share = fc.constantFrom(0.5, 0.95, 1);
const of = (latencies: readonly number[]): Latencies => latencies.reduce(addLatency, {});

describe("a percentile", () => {
  it("is off by a tenth at most, or by a millisecond", () => {
    fc.assert(
      fc.property(several, share, (latencies, given) => {
        const sorted = latencies.toSorted((left, right) => left - right);
        const exact = sorted[Math.ceil(given * sorted.length) - 1] ?? Number.NaN;
        const found = percentileMs(of(latencies), given) ?? Number.NaN;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(1, exact / 10));
      }),
      RUNS,
    );
  });

  it("is the same, however the latencies were put together", () => {
    fc.assert(
      fc.property(several, several, share, (left, right, given) => {
        const merged = mergeLatencies(of(left), of(right));
        expect(merged).toEqual(of([...right, ...left]));
        expect(percentileMs(merged, given)).toBe(percentileMs(of([...left, ...right]), given));
      }),
      RUNS,
    );
  });

  it("is of as many latencies as there were", () => {
    fc.assert(
      fc.property(several, (latencies) => {
        const counts = Object.values(of(latencies));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(latencies.length);
      }),
      RUNS,
    );
  });

  it("takes few buckets", () => {
    const all = of(Array.from({ length: 60_000 }, (_, ms) => ms));
    expect(Object.keys(all).length).toBeLessThanOrEqual(62);
  });
});

it("there is no percentile of nothing", () => {
  expect(percentileMs({}, 0.5)).toBeNull();
});
