// What holds for every wait that a CRM asks for.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../src/destinations/retry-after.ts";

const RUNS = { numRuns: 5_000 };
const DAY_MS = 24 * 60 * 60 * 1000;

describe("waits", () => {
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
        expect(wait).toBeLessThanOrEqual(DAY_MS);
      }),
      RUNS,
    );
  });
});
