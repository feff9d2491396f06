// What counts as a change, how it is named, and which changes a path covers.
import { describe, expect, it } from "vitest";
import { changesBetween, touches } from "../../src/profile/changes.ts";
import { isKnownPath } from "../../src/profile/paths.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { sampleProfile } from "../support/samples.ts";

const withAttributes = (attributes: Readonly<Record<string, unknown>>): Profile =>
  sampleProfile({ attributes });

describe("changesBetween", () => {
  it("finds nothing between a profile and itself", () => {
    expect(changesBetween(sampleProfile(), sampleProfile())).toEqual({});
  });

  it("does not count the event's own id, sequence and times", () => {
    const later = sampleProfile({
      event_id: "evt_other",
      sequence: 2,
      occurred_at: "2025-01-01T00:00:00.000Z",
      received_at: "2025-01-01T00:00:01.000Z",
    });
    expect(changesBetween(sampleProfile(), later)).toEqual({});
  });

  it("names every documented field by its path", () => {
    const to = sampleProfile({
      gb_customer_id: "5",
      client_id: "6",
      email: "new@example.com",
      mobile_number: "1",
      tier: { name: "gold", order: 2 },
      points: { activated: 1, pending: 2, total: 3 },
      referral: { code: "c", link: "l" },
    });
    expect(changesBetween(sampleProfile(), to)).toEqual({
      gb_customer_id: { from: "1234", to: "5" },
      client_id: { from: "2155", to: "6" },
      email: { from: "customer@example.com", to: "new@example.com" },
      mobile_number: { from: "+XX-XXXX-XXXX", to: "1" },
      "tier.name": { from: "basic", to: "gold" },
      "tier.order": { from: 1, to: 2 },
      "points.activated": { from: 90, to: 1 },
      "points.pending": { from: 10, to: 2 },
      "points.total": { from: 100, to: 3 },
      "referral.code": { from: "referral_123", to: "c" },
      "referral.link": { from: "www.example.com", to: "l" },
    });
  });

  it("counts a value that is not known any more", () => {
    const to = sampleProfile({ email: null });
    expect(changesBetween(sampleProfile(), to)).toEqual({
      email: { from: "customer@example.com", to: null },
    });
  });

  it("finds attributes that came, went and changed", () => {
    const from = withAttributes({ went: 1, changed: 1, stayed: 1 });
    const to = withAttributes({ came: 1, changed: 2, stayed: 1 });
    expect(changesBetween(from, to)).toEqual({
      "attributes.went": { from: 1, to: null },
      "attributes.changed": { from: 1, to: 2 },
      "attributes.came": { from: null, to: 1 },
    });
  });

  it("takes a missing attribute and null for the same", () => {
    expect(changesBetween(withAttributes({ a: null }), withAttributes({}))).toEqual({});
  });

  it.each([
    ["the order of keys", { a: { x: 1, y: [1, { z: 2 }] } }, { a: { y: [1, { z: 2 }], x: 1 } }],
    ["another copy of a list", { a: [1, "2", null] }, { a: [1, "2", null] }],
  ])("does not mind %s in an attribute", (_, from, to) => {
    expect(changesBetween(withAttributes(from), withAttributes(to))).toEqual({});
  });

  it.each([
    ["the order of a list", { a: [1, 2] }, { a: [2, 1] }],
    ["a list that became an object", { a: ["x"] }, { a: { 0: "x" } }],
    ["an empty list that became an empty object", { a: [] }, { a: {} }],
    ["a number that became text", { a: 1 }, { a: "1" }],
    ["one key more", { a: { x: 1 } }, { a: { x: 1, y: null } }],
    ["another key with the same value", { a: { x: undefined } }, { a: { y: undefined } }],
    ["an object that became null inside", { a: { x: {} } }, { a: { x: null } }],
  ])("notices %s", (_, from, to) => {
    const changes = changesBetween(withAttributes(from), withAttributes(to));
    expect(changes).toEqual({ "attributes.a": { from: from.a, to: to.a } });
  });

  it("says null where an attribute called like a method was not there", () => {
    const json = '{"toString":1,"constructor":2,"__proto__":3}';
    const to = withAttributes(JSON.parse(json) as Record<string, unknown>);
    expect(changesBetween(withAttributes({}), to)).toEqual({
      "attributes.toString": { from: null, to: 1 },
      "attributes.constructor": { from: null, to: 2 },
      "attributes.__proto__": { from: null, to: 3 },
    });
  });
});

describe("touches", () => {
  const changes = { "tier.name": { from: "a", to: "b" }, "attributes.city": { from: 1, to: 2 } };

  it.each(["tier", "tier.name", "attributes", "attributes.city"])("is true of %s", (path) => {
    expect(touches(changes, ["email", path])).toBe(true);
  });

  it.each(["tier.order", "tier.name.x", "tie", "points", "attributes.cit", ""])(
    "is false of %j",
    (path) => {
      expect(touches(changes, [path])).toBe(false);
    },
  );

  it("is false where nothing changed and where no path is named", () => {
    expect(touches({}, ["tier"])).toBe(false);
    expect(touches(changes, [])).toBe(false);
  });
});

describe("isKnownPath", () => {
  it.each(["tier", "tier.name", "points.total", "email", "attributes", "attributes.any.thing"])(
    "knows %s",
    (path) => {
      expect(isKnownPath(path)).toBe(true);
    },
  );

  it.each([
    "",
    "tiers",
    "tier.",
    "tier.colour",
    "sequence",
    "occurred_at",
    "attribute",
    "toString",
  ])("does not know %j", (path) => {
    expect(isKnownPath(path)).toBe(false);
  });
});
