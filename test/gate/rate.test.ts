// A destination's rate: exact over any window, and fair to those that come too late.
import { describe, expect, it } from "vitest";
import { draw, type RateState, UNUSED } from "../../src/gate/rate.ts";

const NOW = 1_000_000;
const RATE = { limit: 3, perSeconds: 1 };

const drawn = (state: RateState, wanted: number, now: number): RateState =>
  draw(state, wanted, RATE, now).state;

describe("the rate", () => {
  it("grants what is wanted up to the limit", () => {
    expect(draw(UNUSED, 2, RATE, NOW).grant).toMatchObject({ granted: 2, waitMs: 0 });
    expect(draw(UNUSED, 3, RATE, NOW).grant.granted).toBe(3);
  });

  it("grants a part, and says when the others may ask again", () => {
    const { grant } = draw(UNUSED, 5, RATE, NOW);
    expect(grant).toEqual({ granted: 3, waitMs: 1_000, spacingMs: 1_000 / 3 });
  });

  it("promises a time only to those who get nothing: the others ask again", () => {
    const part = draw(UNUSED, 5, RATE, NOW);
    const rest = draw(part.state, 2, RATE, NOW);
    expect(rest.grant).toMatchObject({ granted: 0, waitMs: 1_000 });
    expect(draw(rest.state, 1, RATE, NOW).grant.waitMs).toBeCloseTo(1_000 + 2 * (1_000 / 3));
    const single = draw(drawn(UNUSED, 2, NOW), 5, RATE, NOW);
    expect(single).toMatchObject({ grant: { granted: 1 }, state: { promisedUntil: 0 } });
  });

  it("remembers nothing of those who got nothing, however often they ask", () => {
    const used = drawn(UNUSED, 3, NOW);
    expect(drawn(used, 1, NOW + 1).grants).toEqual(used.grants);
  });

  it("grants nothing more until the window has passed", () => {
    const used = drawn(UNUSED, 3, NOW);
    expect(draw(used, 1, RATE, NOW + 999).grant).toMatchObject({ granted: 0, waitMs: 1 });
    expect(draw(used, 1, RATE, NOW + 1_000).grant.granted).toBe(1);
  });

  it("frees what was granted first when its time has passed", () => {
    const used = drawn(drawn(UNUSED, 1, NOW), 2, NOW + 600);
    expect(draw(used, 3, RATE, NOW + 1_100).grant.granted).toBe(1);
  });

  it("gives those that must wait times one behind the other", () => {
    const first = draw(drawn(UNUSED, 3, NOW), 3, RATE, NOW);
    const second = draw(first.state, 3, RATE, NOW);
    const third = draw(second.state, 3, RATE, NOW);
    expect([first, second, third].map(({ grant }) => grant.waitMs)).toEqual([1_000, 2_000, 3_000]);
  });
});
