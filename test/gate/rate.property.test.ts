// What holds for a rate, whoever asks and when.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draw, UNUSED } from "../../src/gate/rate.ts";
import { ExpectedRate } from "./expected-rate.ts";

const RUNS = { numRuns: 2_000 };

const rate = fc.record({
  limit: fc.integer({ min: 1, max: 20 }),
  perSeconds: fc.constantFrom(0.1, 1, 2.5, 60),
});
/** Whole milliseconds between two, so that no rounding brings them too close. */
const evenRate = fc.record({
  limit: fc.constantFrom(1, 2, 5, 10, 20),
  perSeconds: fc.constantFrom(0.1, 1, 2.5, 60),
});
const asking = fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 1, max: 30 }));

describe("a rate", () => {
  it("never grants more than its limit within its window", () => {
    fc.assert(
      fc.property(rate, fc.array(asking, { maxLength: 60 }), (given, askings) => {
        const grants: { at: number; granted: number }[] = [];
        let state = UNUSED;
        let now = 0;
        for (const [pause, wanted] of askings) {
          now += pause;
          const drawn = draw(state, wanted, given, now);
          state = drawn.state;
          grants.push({ at: now, granted: drawn.grant.granted });
        }
        for (const { at: end } of grants) {
          const inWindow = grants.filter(
            ({ at }) => at > end - given.perSeconds * 1000 && at <= end,
          );
          const sum = inWindow.reduce((total, { granted }) => total + granted, 0);
          expect(sum).toBeLessThanOrEqual(given.limit);
        }
      }),
      RUNS,
    );
  });

  it("grants all that it can, and gives the others times one behind the other", () => {
    fc.assert(
      fc.property(evenRate, fc.array(asking, { maxLength: 60 }), (given, askings) => {
        const expected = new ExpectedRate(given);
        let state = UNUSED;
        let now = 0;
        for (const [pause, wanted] of askings) {
          now += pause;
          const drawn = draw(state, wanted, given, now);
          state = drawn.state;
          expect(drawn.grant).toEqual(expected.ask(wanted, now));
        }
      }),
      RUNS,
    );
  });

  it("remembers no more grants than it may give in a window, however many ask", () => {
    fc.assert(
      fc.property(rate, fc.array(asking, { maxLength: 60 }), (given, askings) => {
        let state = UNUSED;
        let now = 0;
        for (const [pause, wanted] of askings) {
          now += pause;
          state = draw(state, wanted, given, now).state;
          expect(state.grants.length).toBeLessThanOrEqual(given.limit);
        }
      }),
      RUNS,
    );
  });

  it("is whole again after its window, whatever was granted and never used", () => {
    fc.assert(
      fc.property(rate, fc.array(asking, { maxLength: 60 }), (given, askings) => {
        let state = UNUSED;
        let now = 0;
        for (const [pause, wanted] of askings) {
          now += pause;
          state = draw(state, wanted, given, now).state;
        }
        const later = now + given.perSeconds * 1000;
        expect(draw(state, given.limit, given, later).grant.granted).toBe(given.limit);
      }),
      RUNS,
    );
  });

  it("lets those pass that come back at the times they were given", () => {
    const crowd = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(evenRate, crowd, (given, groups) => {
        let state = UNUSED;
        const returning: number[] = [];
        for (const wanted of groups) {
          const { grant, state: next } = draw(state, wanted, given, 0);
          const left = wanted - grant.granted;
          // Whoever is granted a part asks again for the others.
          const again = left > 0 && grant.granted > 0 ? draw(next, left, given, 0) : null;
          state = again?.state ?? next;
          const { waitMs, spacingMs } = again?.grant ?? grant;
          for (let index = 0; index < left; index += 1) {
            returning.push(Math.ceil(waitMs + index * spacingMs));
          }
        }
        for (const now of returning.toSorted((left, right) => left - right)) {
          const drawn = draw(state, 1, given, now);
          state = drawn.state;
          expect(drawn.grant.granted).toBe(1);
        }
      }),
      RUNS,
    );
  });
});
