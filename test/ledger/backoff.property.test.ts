// What holds for every wait after a failure.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/ledger/backoff.ts";

const RUNS = { numRuns: 5_000 };
const HOUR_MS = 60 * 60 * 1000;
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("waits", () => {
  it("are whole milliseconds between nothing and an hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), chance, (failures, random) => {
        const wait = backoffMs(failures, random);
        expect(Number.isSafeInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(HOUR_MS);
      }),
      RUNS,
    );
  });

  it("never get shorter with another failure, chance being the same", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), chance, (failures, random) => {
        expect(backoffMs(failures + 1, random)).toBeGreaterThanOrEqual(backoffMs(failures, random));
      }),
      RUNS,
    );
  });
});
