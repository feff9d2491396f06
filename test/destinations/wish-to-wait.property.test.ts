// What holds for every wait that a CRM asks for.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wishToWaitMs } from "../../src/destinations/wish-to-wait.ts";

const RUNS = { numRuns: 5_000 };
const DAY_MS = 24 * 60 * 60 * 1000;

const clock = fc.integer({ min: 0, max: 4e12 });
const value = fc.oneof(
  fc.stringMatching(/^[\t\x20-\x7e]*$/),
  fc.integer().map(String),
  fc.double().map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.stringMatching(/^[0-9A-Za-z:, +-]{0,30}$/),
);
const headers = fc.record(
  {
    "retry-after": value,
    "x-ratelimit-reset": value,
    "x-ratelimit-remaining": value,
    "ratelimit-reset": value,
    "ratelimit-remaining": value,
  },
  { requiredKeys: [] },
);

describe("waits", () => {
  it("that a CRM asks for are between nothing and a day, whatever it writes", () => {
    fc.assert(
      fc.property(headers, clock, (given, now) => {
        const wait = wishToWaitMs(new Headers(given), now);
        if (wait === null) return;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(DAY_MS);
      }),
      RUNS,
    );
  });

  it("until a reset are the same in each of its spellings", () => {
    const now = fc.integer({ min: 1.1e12, max: 4e12 });
    const seconds = fc.integer({ min: 0, max: 86_400 });
    fc.assert(
      fc.property(now, seconds, (at, wait) => {
        const spellings = [wait, (at + wait * 1000) / 1000, at + wait * 1000];
        const waits = spellings.map((spelling) =>
          wishToWaitMs(new Headers({ "x-ratelimit-reset": String(spelling) }), at),
        );
        for (const ms of waits) expect(ms).toBeCloseTo(wait * 1000, -0.5);
      }),
      RUNS,
    );
  });
});
