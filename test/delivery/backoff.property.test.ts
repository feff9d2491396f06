// What holds for every wait.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, retryAfterMs } from "../../src/delivery/backoff.ts";

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

  it("that a CRM asks for are between nothing and a day, whatever it writes", () => {
    const header = fc.oneof(
      fc.string(),
      fc.integer().map(String),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.stringMatching(/^[0-9A-Za-z:, +-]{0,30}$/),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 4e12 }), (text, now) => {
        const wait = retryAfterMs(text, now);
        if (wait === null) return;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(24 * HOUR_MS);
      }),
      RUNS,
    );
  });
});
