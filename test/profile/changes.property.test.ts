// What holds for the changes between any two profiles.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesBetween, touches } from "../../src/profile/changes.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { applyChanges, contentOf } from "../support/changes.ts";
import { sampleProfile } from "../support/samples.ts";

const RUNS = { numRuns: 2_000 };
const text = fc.option(fc.constantFrom("", "a", "b"));
const number = fc.option(fc.integer({ min: -2, max: 2 }));
const name = fc.constantFrom("city", "a.b", "toString", "constructor", "", "points");

const profile: fc.Arbitrary<Profile> = fc
  .record({
    gb_customer_id: text,
    email: text,
    mobile_number: text,
    tier: fc.record({ name: text, order: number }),
    points: fc.record({ activated: number, pending: number, total: number }),
    referral: fc.record({ code: text, link: text }),
    attributes: fc.dictionary(name, fc.jsonValue({ maxDepth: 1 })),
  })
  .map((fields) => sampleProfile(fields));

describe("changes", () => {
  it("lead from the one profile to the other", () => {
    fc.assert(
      fc.property(profile, profile, (from, to) => {
        const reached = applyChanges(contentOf(from), changesBetween(from, to));
        expect(reached).toEqual(contentOf(to));
      }),
      RUNS,
    );
  });

  it("are the same backwards, with from and to exchanged", () => {
    fc.assert(
      fc.property(profile, profile, (from, to) => {
        const back = Object.entries(changesBetween(to, from));
        const turned = back.map(([path, change]) => [path, { from: change.to, to: change.from }]);
        expect(changesBetween(from, to)).toEqual(Object.fromEntries(turned));
      }),
      RUNS,
    );
  });

  it("are none after a way through JSON", () => {
    fc.assert(
      fc.property(profile, (given) => {
        const copy = JSON.parse(JSON.stringify(given)) as Profile;
        expect(changesBetween(given, copy)).toEqual({});
      }),
      RUNS,
    );
  });

  it("always touch themselves and what they lie below", () => {
    fc.assert(
      fc.property(profile, profile, (from, to) => {
        const changes = changesBetween(from, to);
        for (const path of Object.keys(changes)) {
          expect(touches(changes, [path])).toBe(true);
          expect(touches(changes, [path.split(".")[0] ?? ""])).toBe(true);
        }
      }),
      RUNS,
    );
  });
});
