// How a CRM's wish to be left alone is read.
import { describe, expect, it } from "vitest";
import { retryAfterMs } from "../../src/destinations/retry-after.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;

describe("retryAfterMs", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 5 ", 5_000],
    ["1.5", 1_500],
    ["86400", DAY_MS],
    ["86401", DAY_MS],
    ["9".repeat(400), DAY_MS],
    ["Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
    ["Thursday, 01-Jan-26 00:02:00 GMT", 120_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["Sat, 01 Jan 2028 00:00:00 GMT", DAY_MS],
  ])("reads %j", (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it.each([null, "", "  ", "soon", "NaN", "Infinity", "1,5", "12 seconds", "-5", "2.", "0x10"])(
    "makes nothing of %j",
    (header) => {
      expect(retryAfterMs(header, NOW)).toBeNull();
    },
  );
});
