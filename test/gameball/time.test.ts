// Every spelling of a time that Gameball may send, and what is none.
import { describe, expect, it } from "vitest";
import { compareTimes, parseTime } from "../../src/gameball/time.ts";

describe("parseTime", () => {
  it.each([
    ["milliseconds and Z", "2024-11-19T17:34:42.297Z", "2024-11-19T17:34:42.297Z"],
    ["no fraction", "2024-11-19T17:34:42Z", "2024-11-19T17:34:42.000Z"],
    ["one fraction digit", "2024-11-19T17:34:42.2Z", "2024-11-19T17:34:42.200Z"],
    ["two fraction digits", "2024-11-19T17:34:42.29Z", "2024-11-19T17:34:42.290Z"],
    ["four fraction digits", "2024-11-19T17:34:42.2971Z", "2024-11-19T17:34:42.2971Z"],
    ["five fraction digits", "2024-11-19T17:34:42.29712Z", "2024-11-19T17:34:42.29712Z"],
    ["six fraction digits", "2024-11-19T17:34:42.297123Z", "2024-11-19T17:34:42.297123Z"],
    ["seven fraction digits", "2024-11-19T17:34:42.2971234Z", "2024-11-19T17:34:42.2971234Z"],
    ["zeros beyond milliseconds", "2024-11-19T17:34:42.2970000Z", "2024-11-19T17:34:42.297Z"],
    ["zeros before the last digit", "2024-11-19T17:34:42.0000001Z", "2024-11-19T17:34:42.0000001Z"],
    ["an offset ahead of UTC", "2024-11-19T19:34:42.297+02:00", "2024-11-19T17:34:42.297Z"],
    ["an offset behind UTC", "2024-11-19T12:04:42.297-05:30", "2024-11-19T17:34:42.297Z"],
    ["an offset over midnight", "2024-12-31T23:30:00-01:00", "2025-01-01T00:30:00.000Z"],
    ["offset and fine digits", "2024-11-19T19:34:42.2971234+02:00", "2024-11-19T17:34:42.2971234Z"],
    ["the unknown local offset", "2024-11-19T17:34:42-00:00", "2024-11-19T17:34:42.000Z"],
    ["no zone, which is UTC", "2024-11-19T17:34:42.297", "2024-11-19T17:34:42.297Z"],
    ["no zone, seven digits (.NET)", "2024-11-19T17:34:42.2971234", "2024-11-19T17:34:42.2971234Z"],
    ["lower-case t and z", "2024-11-19t17:34:42.297z", "2024-11-19T17:34:42.297Z"],
    ["a space instead of T", "2024-11-19 17:34:42Z", "2024-11-19T17:34:42.000Z"],
    ["a leap second", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["a leap second elsewhere", "2017-01-01T01:59:60.5+02:00", "2017-01-01T00:00:00.500Z"],
    ["a leap day", "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["the first year", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["the last instant", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"],
  ])("reads %s", (_, text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it.each([
    ["30 February", "2024-02-30T00:00:00Z"],
    ["29 February of a common year", "2023-02-29T00:00:00Z"],
    ["31 April", "2024-04-31T00:00:00Z"],
    ["month 13", "2024-13-01T00:00:00Z"],
    ["month 0", "2024-00-01T00:00:00Z"],
    ["day 0", "2024-01-00T00:00:00Z"],
    ["24:00", "2024-01-01T24:00:00Z"],
    ["minute 60", "2024-01-01T00:60:00Z"],
    ["second 61", "2024-01-01T00:00:61Z"],
    ["eight fraction digits", "2024-11-19T17:34:42.29712345Z"],
    ["a point without digits", "2024-11-19T17:34:42.Z"],
    ["an offset of 24 hours", "2024-11-19T17:34:42+24:00"],
    ["an offset of 60 minutes", "2024-11-19T17:34:42+01:60"],
    ["an offset without a colon", "2024-11-19T17:34:42+0200"],
    ["no seconds", "2024-11-19T17:34Z"],
    ["a date alone", "2024-11-19"],
    ["a year of two digits", "24-11-19T17:34:42Z"],
    ["a year of five digits", "12024-11-19T17:34:42Z"],
    ["a time before year 0", "0000-01-01T00:00:00+01:00"],
    ["a time after year 9999", "9999-12-31T23:59:59-01:00"],
    ["a leap second after year 9999", "9999-12-31T23:59:60Z"],
    ["Unix time", "1732037682"],
    ["white space around", " 2024-11-19T17:34:42Z "],
    ["a line break at the end", "2024-11-19T17:34:42Z\n"],
    ["digits of another script", "２０２４-11-19T17:34:42Z"],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe("compareTimes", () => {
  it("orders times by digits finer than a millisecond", () => {
    const early = "2024-11-19T17:34:42.2971233Z";
    const late = "2024-11-19T17:34:42.2971234Z";
    expect(compareTimes(early, late)).toBeLessThan(0);
    expect(compareTimes(late, early)).toBeGreaterThan(0);
    expect(compareTimes(late, late)).toBe(0);
  });

  it("does not take a shorter fraction for a later one", () => {
    expect(compareTimes("2024-11-19T17:34:42.297Z", "2024-11-19T17:34:42.2971Z")).toBeLessThan(0);
    expect(compareTimes("2024-11-19T17:34:42.298Z", "2024-11-19T17:34:42.2971Z")).toBeGreaterThan(
      0,
    );
  });
});
