// HubSpot's properties: what is missing is created, what does not serve is named with the remedy.
import { describe, expect, it } from "vitest";
import { hubspot } from "../../../src/commands/crm-setup/hubspot.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { answerOf } from "../../support/adapters.ts";
import { bodiesOf, crmDestination, linesOf, planOf } from "../../support/crm-setup.ts";

const EMAIL = { name: "email", type: "string", hasUniqueValue: true };
const tier = [{ name: "tier", path: "tier.name" }];
const points = [{ name: "points", path: "points.total" }];

const property = (name: string, type: string, more: object = {}) => ({
  results: [EMAIL, { name, type, ...more }],
});

const text = (name: string, label: string) => ({
  name,
  label,
  groupName: "contactinformation",
  type: "string",
  fieldType: "text",
});
const number = (name: string, label: string) => ({
  ...text(name, label),
  type: "number",
  fieldType: "number",
});

describe("HubSpot's properties", () => {
  it("are read with the destination's credentials, wherever its url leads", () => {
    const urls = ["https://crm.example.com", "https://crm.example.com/crm/v3/objects/contacts/"];
    for (const url of urls) {
      expect(hubspot.look(crmDestination({}, { url }))).toEqual({
        method: "GET",
        url: "https://crm.example.com/crm/v3/properties/contacts",
        headers: {
          accept: "application/json",
          "user-agent": USER_AGENT,
          authorization: "Bearer secret",
        },
        body: null,
      });
    }
  });

  it("are created in one call where they are missing, numbers as numbers", () => {
    const plan = planOf(hubspot, { results: [EMAIL] }, crmDestination());
    expect(bodiesOf(plan)).toEqual([
      {
        inputs: [
          text("gameball_tier_name", "Gameball tier name"),
          number("gameball_tier_order", "Gameball tier order"),
          number("gameball_activated_points", "Gameball activated points"),
          number("gameball_pending_points", "Gameball pending points"),
          number("gameball_total_points", "Gameball total points"),
          text("gameball_referral_code", "Gameball referral code"),
          text("gameball_referral_link", "Gameball referral link"),
          text("gameball_customer_id", "Gameball customer id"),
        ],
      },
    ]);
    const [write] = plan.writes;
    expect(write?.spec).toMatchObject({
      method: "POST",
      url: "https://crm.example.com/crm/v3/properties/contacts/batch/create",
      headers: { "content-type": "application/json", authorization: "Bearer secret" },
    });
    expect(linesOf(plan).slice(0, 2)).toEqual([
      "missing: gameball_tier_name (string)",
      "missing: gameball_tier_order (number)",
    ]);
  });

  it("have unique values where customers are found by them, and no others do", () => {
    const fields = [
      { name: "shop_id", path: "customer_id" },
      { name: "city", path: "attributes.city" },
    ];
    const plan = planOf(
      hubspot,
      { results: [EMAIL] },
      crmDestination({ key: "customer_id", fields }),
    );
    expect(bodiesOf(plan)).toMatchObject([
      { inputs: [{ name: "shop_id", type: "string", hasUniqueValue: true }, { name: "city" }] },
    ]);
    expect(JSON.stringify(bodiesOf(plan)).match(/hasUniqueValue/g)).toHaveLength(1);
  });

  it("are left alone where they are there", () => {
    const there = { results: [EMAIL, { name: "tier", type: "string" }] };
    const plan = planOf(hubspot, there, crmDestination({ fields: tier }));
    expect(plan).toEqual({
      findings: [{ state: "in place", text: "tier (string)" }],
      writes: [],
    });
  });

  it.each([
    [
      "a text that is a number there",
      tier,
      property("tier", "number"),
      /type string; map tier\.name/,
    ],
    ["a text that has options there", tier, property("tier", "enumeration"), /type string/],
    [
      "a number that is a date there",
      points,
      property("points", "date"),
      /of type number; map points\.total/,
    ],
    [
      "one that is calculated",
      points,
      property("points", "number", { calculated: true }),
      /lets nobody write/,
    ],
    [
      "one that is read-only",
      tier,
      property("tier", "string", { modificationMetadata: { readOnlyValue: true } }),
      /lets nobody write/,
    ],
    [
      "a name that HubSpot does not allow",
      [{ name: "Tier Name", path: "tier.name" }],
      property("a", "string"),
      /a-z, 0-9 and _/,
    ],
  ])("leave %s to a person, with the remedy", (_what, fields, there, remedy) => {
    const { findings, writes } = planOf(hubspot, there, crmDestination({ fields }));
    expect(writes).toEqual([]);
    expect(findings).toMatchObject([{ state: "left", text: expect.stringMatching(remedy) }]);
  });

  it("must have unique values already where they are the key", () => {
    const mapping = {
      key: "customer_id",
      fields: [{ name: "shop_id", path: "customer_id" }],
    } as const;
    const lines = (more: object) =>
      linesOf(planOf(hubspot, property("shop_id", "string", more), crmDestination(mapping)));
    expect(lines({ hasUniqueValue: true })).toEqual(["in place: shop_id (string)"]);
    expect(lines({})).toEqual([
      expect.stringMatching(/^left: shop_id \(string\): .*unique values/),
    ]);
  });

  it("may hold numbers as text, which is said", () => {
    const plan = planOf(hubspot, property("points", "string"), crmDestination({ fields: points }));
    expect(linesOf(plan)).toEqual([
      "note: points (string): HubSpot cannot compare numbers in a text",
    ]);
  });

  it("may be of any type for an attribute, of which nobody knows what it is", () => {
    const fields = [{ name: "vip", path: "attributes.vip" }];
    const plan = planOf(hubspot, property("vip", "bool"), crmDestination({ fields }));
    expect(linesOf(plan)).toEqual(["in place: vip (bool)"]);
  });

  it("are not planned of an answer that is none", () => {
    for (const body of ["", "[]", {}, { results: [{ name: "x" }] }, "<html>"]) {
      expect(hubspot.plan(answerOf(200, body), crmDestination())).toBeNull();
    }
  });

  it("are refused in HubSpot's words, be it some of them", () => {
    const [write] = planOf(hubspot, { results: [] }, crmDestination()).writes;
    const errors = [{ category: "VALIDATION_ERROR", message: "too many unique properties" }];
    expect(write?.refusals(answerOf(207, { results: [], errors }))).toEqual([
      "VALIDATION_ERROR: too many unique properties",
    ]);
    expect(write?.refusals(answerOf(201, { results: [] }))).toEqual([]);
  });
});
