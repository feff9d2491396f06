// Zoho's fields: what is missing is created, five in a call, under labels that become the wanted names.
import { describe, expect, it } from "vitest";
import { zoho } from "../../../src/commands/crm-setup/zoho.ts";
import { DEFAULT_FIELDS } from "../../../src/destinations/mapping.ts";
import { answerOf } from "../../support/adapters.ts";
import { bodiesOf, crmDestination, linesOf, planOf } from "../../support/crm-setup.ts";

/** The default fields as Zoho spells such names. */
const FIELDS = DEFAULT_FIELDS.map(({ name, path }) => ({
  name: name.replaceAll(/(?:^|_)[a-z]/g, (start) => start.toUpperCase()),
  path,
}));

const field = (api_name: string, data_type: string, more: object = {}) => ({
  fields: [
    { api_name: "Email", data_type: "email", unique: {} },
    { api_name, data_type, unique: {}, read_only: false, ...more },
  ],
});
const nothing = { fields: [] };
const tier = [{ name: "Tier", path: "tier.name" }];
const points = [{ name: "Points", path: "points.total" }];

const text = (field_label: string) => ({ field_label, data_type: "text", length: 255 });
const number = (field_label: string) => ({
  field_label,
  data_type: "double",
  length: 16,
  decimal_place: 2,
});

describe("Zoho's fields", () => {
  it("are read of contacts, wherever the destination's url leads", () => {
    for (const url of [
      "https://www.zohoapis.eu/",
      "https://www.zohoapis.eu/crm/v8/Contacts/upsert",
    ]) {
      expect(zoho.look(crmDestination({}, { url }))).toMatchObject({
        method: "GET",
        url: "https://www.zohoapis.eu/crm/v8/settings/fields?module=Contacts",
        body: null,
      });
    }
  });

  it("are created five in a call, with labels of which Zoho makes their names", () => {
    const plan = planOf(zoho, nothing, crmDestination({ fields: FIELDS }));
    expect(bodiesOf(plan)).toEqual([
      {
        fields: [
          text("Gameball Tier Name"),
          number("Gameball Tier Order"),
          number("Gameball Activated Points"),
          number("Gameball Pending Points"),
          number("Gameball Total Points"),
        ],
      },
      {
        fields: [
          text("Gameball Referral Code"),
          text("Gameball Referral Link"),
          text("Gameball Customer Id"),
        ],
      },
    ]);
    for (const { spec } of plan.writes) {
      expect(spec).toMatchObject({
        method: "POST",
        url: "https://crm.example.com/crm/v8/settings/fields?module=Contacts",
        headers: { "content-type": "application/json" },
      });
    }
  });

  it("are unique where customers are found by them, and no others are", () => {
    const fields = [...tier, { name: "Shop_Id", path: "gb_customer_id" }];
    const plan = planOf(zoho, nothing, crmDestination({ key: "gb_customer_id", fields }));
    expect(bodiesOf(plan)).toEqual([
      {
        fields: [
          { field_label: "Tier", data_type: "text", length: 255 },
          {
            field_label: "Shop Id",
            data_type: "text",
            length: 255,
            unique: { case_sensitive: false },
          },
        ],
      },
    ]);
  });

  it.each([
    ["a text", tier, field("Tier", "text")],
    ["a number", points, field("Points", "integer")],
    [
      "an attribute, whatever it is",
      [{ name: "Vip", path: "attributes.vip" }],
      field("Vip", "boolean"),
    ],
  ])("are left alone where they can hold %s", (_what, fields, there) => {
    const { findings, writes } = planOf(zoho, there, crmDestination({ fields }));
    expect(writes).toEqual([]);
    expect(findings).toMatchObject([{ state: "in place" }]);
  });

  it.each([
    [
      "a text that is a number there",
      tier,
      field("Tier", "double"),
      /of type text, .*map tier\.name/,
    ],
    ["a text that has options there", tier, field("Tier", "picklist"), /of type text/],
    ["a number that is a text there", points, field("Points", "text"), /of type double, /],
    [
      "one that is read-only",
      points,
      field("Points", "double", { read_only: true }),
      /lets nobody write/,
    ],
    [
      "a name that is too long for a label",
      [{ name: "Gameball_Activated_Pointsx", path: "points.activated" }],
      nothing,
      /type double\), or map another name/,
    ],
    [
      "a name that no label becomes",
      [{ name: "Tier__c", path: "tier.name" }],
      nothing,
      /type text/,
    ],
  ])("leave %s to a person, with the remedy", (_what, fields, there, remedy) => {
    const { findings, writes } = planOf(zoho, there, crmDestination({ fields }));
    expect(writes).toEqual([]);
    expect(findings).toMatchObject([{ state: "left", text: expect.stringMatching(remedy) }]);
  });

  it.each([
    [{}, "left"],
    [null, "left"],
    [false, "left"],
    [{ case_sensitive: false }, "in place"],
    [{ casesensitive: "0" }, "in place"],
    [true, "in place"],
  ])("must be unique where they are the key: %j is %s", (unique, state) => {
    const mapping = {
      key: "customer_id",
      fields: [{ name: "Shop_Id", path: "customer_id" }],
    } as const;
    const plan = planOf(zoho, field("Shop_Id", "text", { unique }), crmDestination(mapping));
    expect(plan).toMatchObject({ findings: [{ state }], writes: [] });
  });

  it("are not planned of an answer that is none", () => {
    for (const body of ["", { fields: {} }, { code: "INVALID_MODULE", status: "error" }]) {
      expect(zoho.plan(answerOf(200, body), crmDestination())).toBeNull();
    }
  });

  it("are refused one by one in Zoho's words", () => {
    const plan = planOf(zoho, nothing, crmDestination({ fields: tier }));
    const fields = [
      { code: "SUCCESS", details: { id: "1" }, message: "field created", status: "success" },
      {
        code: "DUPLICATE_DATA",
        details: { api_name: "field_label" },
        message: "Field label duplicate",
        status: "error",
      },
    ];
    expect(plan.writes[0]?.refusals(answerOf(207, { fields }))).toEqual([
      'DUPLICATE_DATA: Field label duplicate {"api_name":"field_label"}',
    ]);
    expect(linesOf(plan)).toEqual(["missing: Tier (text)"]);
  });
});
