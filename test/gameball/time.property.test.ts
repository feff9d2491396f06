// What holds for every time, whatever its spelling.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareTimes, parseTime } from "../../src/gameball/time.ts";

const RUNS = { numRuns: 2_000 };
const TICKS_PER_MS = 10_000n;
const MAX_MS = Date.parse("9999-12-30T00:00:00Z");
const MIN_MS = Date.parse("0000-01-02T00:00:00Z");

/** A time in ticks of 100 ns, as .NET counts. */
const ticks = fc
  .tuple(fc.integer({ min: MIN_MS, max: MAX_MS }), fc.bigInt({ min: 0n, max: 9_999n }))
  .map(([ms, fine]) => BigInt(ms) * TICKS_PER_MS + fine);

const offsetMinutes = fc.integer({ min: -(24 * 60 - 1), max: 24 * 60 - 1 });

const two = (part: number): string => String(part).padStart(2, "0");

/** Writes a time with seven digits and an offset. */
function spell(time: bigint, offset: number): string {
  const fine = ((time % TICKS_PER_MS) + TICKS_PER_MS) % TICKS_PER_MS;
  const ms = Number((time - fine) / TICKS_PER_MS);
  const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(offset);
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  return `${local}${String(fine).padStart(4, "0")}${zone}`;
}

/** Reads a time that must be one. */
function parsed(text: string): string {
  const time = parseTime(text);
  if (time === null) throw new Error(`not read: ${text}`);
  return time;
}

describe("times", () => {
  it("come out the same from every offset", () => {
    fc.assert(
      fc.property(ticks, offsetMinutes, offsetMinutes, (time, here, there) => {
        expect(parsed(spell(time, here))).toBe(parsed(spell(time, there)));
      }),
      RUNS,
    );
  });

  it("are ordered as the instants that they stand for", () => {
    fc.assert(
      fc.property(ticks, ticks, offsetMinutes, offsetMinutes, (a, b, here, there) => {
        const order = compareTimes(parsed(spell(a, here)), parsed(spell(b, there)));
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
      RUNS,
    );
  });

  it("stay as they are when they are read once more", () => {
    fc.assert(
      fc.property(ticks, offsetMinutes, (time, offset) => {
        const once = parsed(spell(time, offset));
        expect(parsed(once)).toBe(once);
      }),
      RUNS,
    );
  });

  it("are never made of other text, and other text never throws", () => {
    const nearly = fc.stringMatching(/^[0-9TtZz:.+ -]{0,35}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearly), (text) => {
        const time = parseTime(text) ?? "2000-01-01T00:00:00.000Z";
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,7}Z$/);
        expect(Date.parse(time)).not.toBeNaN();
      }),
      RUNS,
    );
  });
});
