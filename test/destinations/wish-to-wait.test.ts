// How a CRM's wish to be left alone is read.
import { describe, expect, it } from "vitest";
import { wishToWaitMs } from "../../src/destinations/wish-to-wait.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const NOW_SECONDS = NOW / 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

const wish = (headers: Readonly<Record<string, string>>) => wishToWaitMs(new Headers(headers), NOW);

describe("Retry-After", () => {
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
  ])("of %j is read", (header, expected) => {
    expect(wish({ "retry-after": header })).toBe(expected);
  });

  it.each(["", "  ", "soon", "NaN", "Infinity", "1,5", "12 seconds", "-5", "2.", "0x10"])(
    "of %j is nothing",
    (header) => {
      expect(wish({ "retry-after": header })).toBeNull();
    },
  );

  it("goes before a reset", () => {
    expect(wish({ "x-ratelimit-reset": "60", "retry-after": "5" })).toBe(5_000);
  });

  it("that is nothing gives way to a reset", () => {
    expect(wish({ "x-ratelimit-reset": "60", "retry-after": "soon" })).toBe(60_000);
  });
});

describe.each(["x-ratelimit-reset", "ratelimit-reset"])("a reset in %s", (name) => {
  it.each([
    ["epoch seconds", String(NOW_SECONDS + 90), 90_000],
    ["a fraction of epoch seconds", `${NOW_SECONDS + 1}.25`, 1_250],
    ["epoch milliseconds", String(NOW + 1_500), 1_500],
    ["the seconds until then", "30", 30_000],
    ["a time that has passed", String(NOW_SECONDS - 5), 0],
    ["a time in years", String(NOW_SECONDS + 99_999_999), DAY_MS],
    ["many seconds", "999999999", DAY_MS],
  ])("is read as %s", (_, header, expected) => {
    expect(wish({ [name]: header })).toBe(expected);
  });

  it.each(["", "-30", "tomorrow", "2026-01-01T00:01:00Z", "1e9"])("of %j is nothing", (header) => {
    expect(wish({ [name]: header })).toBeNull();
  });

  it("counts only once nothing of the rate remains", () => {
    const remaining = name.replace("reset", "remaining");
    expect(wish({ [name]: "30", [remaining]: "0" })).toBe(30_000);
    expect(wish({ [name]: "30", [remaining]: "59" })).toBeNull();
  });
});

it("an answer without any of these headers asks for nothing", () => {
  expect(wish({ "content-type": "text/plain" })).toBeNull();
});
