// How long a failed delivery waits.
import { describe, expect, it } from "vitest";
import { backoffMs, retryAfterMs } from "../../src/delivery/backoff.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const DAY_MS = 24 * 60 * 60 * 1000;
const NEARLY_ONE = 1 - 2 ** -53;

describe("backoffMs", () => {
  it.each([
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [10, 2_560_000],
    [11, 3_600_000],
    [12, 3_600_000],
    [1_000_000, 3_600_000],
  ])("after %i failures is anything below %i ms", (failures, ceiling) => {
    expect(backoffMs(failures, 0)).toBe(0);
    expect(backoffMs(failures, 0.5)).toBe(ceiling / 2);
    expect(backoffMs(failures, NEARLY_ONE)).toBe(ceiling - 1);
  });
});

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
