// Salesforce's fields: nothing is created, but an administrator is told exactly what to create or to change.
import { describe, expect, it } from "vitest";
import { salesforce } from "../../../src/commands/crm-setup/salesforce.ts";
import { answerOf } from "../../support/adapters.ts";
import { crmDestination, linesOf, planOf } from "../../support/crm-setup.ts";

const tier = [{ name: "Tier__c", path: "tier.name" }];
const points = [{ name: "Points__c", path: "points.total" }];
const key = [{ name: "Shop_Id__c", path: "customer_id" }];

const field = (name: string, type: string, more: object = {}) => ({
  name,
  type,
  length: type === "string" ? 255 : 0,
  updateable: true,
  ...more,
});
const contact = (...fields: object[]) => ({
  name: "Contact",
  createable: true,
  updateable: true,
  fields,
});

describe("Salesforce's fields", () => {
  it("are read of Contact, wherever the destination's url leads", () => {
    for (const url of [
      "https://acme.my.salesforce.com",
      "https://acme.my.salesforce.com/services/data/v60.0/",
    ]) {
      expect(salesforce.look(crmDestination({}, { url }))).toMatchObject({
        method: "GET",
        url: "https://acme.my.salesforce.com/services/data/v60.0/sobjects/Contact/describe",
        headers: { accept: "application/json" },
        body: null,
      });
    }
  });

  it("are an administrator's to create: name, label, type, and what a key needs", () => {
    const fields = [...tier, ...points, ...key, { name: "City__c", path: "attributes.city" }];
    const plan = planOf(salesforce, contact(), crmDestination({ key: "customer_id", fields }));
    expect(plan.writes).toEqual([]);
    const seen = "; the relay's user must see and edit it";
    expect(linesOf(plan)).toEqual([
      `left: create on Contact: Tier__c, label “Tier”, Text(255)${seen}`,
      `left: create on Contact: Points__c, label “Points”, Number(16, 2)${seen}`,
      `left: create on Contact: Shop_Id__c, label “Shop Id”, Text(255), External ID, Unique, case-sensitive${seen}`,
      `left: create on Contact: City__c, label “City”, Text(255)${seen}`,
    ]);
  });

  it("are in place where they can hold their values, in whatever case Salesforce has their names", () => {
    const fields = [...tier, ...points, ...key];
    const there = contact(
      field("tier__c", "picklist"),
      field("Points__c", "double"),
      field("Shop_Id__c", "string", { externalId: true, unique: true, caseSensitive: true }),
    );
    const plan = planOf(salesforce, there, crmDestination({ key: "customer_id", fields }));
    expect(linesOf(plan)).toEqual([
      "in place: Tier__c (picklist)",
      "in place: Points__c (double)",
      "in place: Shop_Id__c (string, 255)",
    ]);
  });

  it.each([
    [
      "a text that is a number there",
      tier,
      field("Tier__c", "double"),
      /must be a text, e\.g\. Text\(255\); map tier\.name/,
    ],
    [
      "a text that has a restricted list there",
      tier,
      field("Tier__c", "picklist", { restrictedPicklist: true }),
      /not on its list/,
    ],
    [
      "a number that is a text there",
      points,
      field("Points__c", "string"),
      /must be a number, e\.g\. Number\(16, 2\)/,
    ],
    [
      "one that may not be edited",
      points,
      field("Points__c", "double", { updateable: false }),
      /field-level security/,
    ],
    [
      "a standard field that is not there",
      [{ name: "Level", path: "tier.name" }],
      field("a", "string"),
      /custom fields end in __c/,
    ],
  ])("leave %s to a person, with the remedy", (_what, fields, there, remedy) => {
    const { findings } = planOf(salesforce, contact(there), crmDestination({ fields }));
    expect(findings).toMatchObject([{ state: "left", text: expect.stringMatching(remedy) }]);
  });

  it.each([
    [{ externalId: false, unique: true, caseSensitive: true }, /tick External ID$/],
    [{ externalId: true, unique: false, caseSensitive: false }, /tick Unique and “ABC” and “abc”/],
    [{ externalId: true, unique: true, caseSensitive: false }, /tick “ABC” and “abc” as different/],
  ])("lack something as a key: %j", (more, remedy) => {
    const there = contact(field("Shop_Id__c", "string", more));
    const plan = planOf(salesforce, there, crmDestination({ key: "customer_id", fields: key }));
    expect(plan.findings).toMatchObject([{ state: "left", text: expect.stringMatching(remedy) }]);
  });

  it("need not be unique where they are no key", () => {
    const there = contact(field("Shop_Id__c", "string"));
    const plan = planOf(salesforce, there, crmDestination({ key: "email", fields: key }));
    expect(linesOf(plan)).toEqual(["in place: Shop_Id__c (string, 255)"]);
  });

  it("may be short, which is said of custom fields", () => {
    const fields = [...tier, { name: "LastName", path: "attributes.last_name" }];
    const there = contact(
      field("Tier__c", "string", { length: 18 }),
      field("LastName", "string", { length: 80 }),
    );
    expect(linesOf(planOf(salesforce, there, crmDestination({ fields })))).toEqual([
      "note: Tier__c (string, 18): longer values will be refused",
      "in place: LastName (string, 80)",
    ]);
  });

  it("are of no use to a user without rights to contacts", () => {
    const rights = { createable: false, updateable: false, fields: [field("Tier__c", "string")] };
    const states = (updateOnly: boolean) =>
      linesOf(planOf(salesforce, rights, crmDestination({ fields: tier, updateOnly })));
    expect(states(false)).toEqual([
      expect.stringMatching(/^left: Contact: .* may not edit contacts/),
      expect.stringMatching(/^left: Contact: .* may not create contacts/),
      "in place: Tier__c (string, 255)",
    ]);
    expect(states(true)).toHaveLength(2);
  });

  it("are not planned of an answer that is none", () => {
    for (const body of ["", "{}", [{ errorCode: "NOT_FOUND" }], { fields: [{}] }]) {
      expect(salesforce.plan(answerOf(200, body), crmDestination())).toBeNull();
    }
  });
});
