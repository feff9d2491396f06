// Salesforce: the exact requests that it is sent, by the destination's settings.
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import type { Profile } from "../../../src/profile/profile.ts";
import { itemsOf } from "../../support/adapters.ts";
import { NOW } from "../../support/crms/calls.ts";
import { FakeSalesforce } from "../../support/crms/salesforce.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const URL_BASE = "https://acme.my.salesforce.com";
const context = { now: NOW, batchId: "batch_1" };

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeSalesforce(), { url: URL_BASE, ...changes });

const destination = (changes: Readonly<Record<string, unknown>>) =>
  destinationTo(new FakeSalesforce(), { url: `${URL_BASE}/`, ...changes });

function requestWith(changes: Readonly<Record<string, unknown>>, profile: Partial<Profile> = {}) {
  const adapter = adapterWith(changes);
  const spec = adapter.request(itemsOf(adapter, [sampleDelivery(profile)]), context);
  return { ...spec, body: JSON.parse(spec.body ?? "") as unknown };
}

const record = {
  attributes: { type: "Contact" },
  Gameball_Tier_Name__c: "basic",
  Gameball_Tier_Order__c: 1,
  Gameball_Activated_Points__c: 90,
  Gameball_Pending_Points__c: 10,
  Gameball_Total_Points__c: 100,
  Gameball_Referral_Code__c: "referral_123",
  Gameball_Referral_Link__c: "www.example.com",
  Gameball_Customer_Id__c: "webhook-test",
};

describe("a request to Salesforce", () => {
  it("upserts contacts by the customer's id, which is in each record too", () => {
    expect(requestWith({})).toEqual({
      method: "PATCH",
      url: `${URL_BASE}/services/data/v60.0/composite/sobjects/Contact/Gameball_Customer_Id__c`,
      headers: {
        "content-type": "application/json",
        "user-agent": `gameball-relay/${manifest.version}`,
      },
      body: { allOrNone: false, records: [record] },
    });
  });

  it("clears what is not known, and keeps numbers numbers", () => {
    const { body } = requestWith(
      {},
      {
        tier: { name: null, order: null },
        points: { activated: 0, pending: null, total: 99.5 },
        referral: { code: "", link: null },
      },
    );
    expect(body).toEqual({
      allOrNone: false,
      records: [
        {
          ...record,
          Gameball_Tier_Name__c: null,
          Gameball_Tier_Order__c: null,
          Gameball_Activated_Points__c: 0,
          Gameball_Pending_Points__c: null,
          Gameball_Total_Points__c: 99.5,
          Gameball_Referral_Code__c: "",
          Gameball_Referral_Link__c: null,
        },
      ],
    });
  });

  it("finds contacts by Gameball's own id, in the field that it is mapped to", () => {
    const fields = { Loyalty_Id__c: "gb_customer_id", Loyalty_Tags__c: "attributes.tags" };
    const attributes = { tags: ["vip", "new"] };
    const { url, body } = requestWith({ key: "gb_customer_id", fields }, { attributes });
    expect(url).toBe(`${URL_BASE}/services/data/v60.0/composite/sobjects/Contact/Loyalty_Id__c`);
    expect(body).toEqual({
      allOrNone: false,
      records: [
        {
          attributes: { type: "Contact" },
          Loyalty_Id__c: "1234",
          Loyalty_Tags__c: '["vip","new"]',
        },
      ],
    });
  });

  it("finds contacts by their address, in Salesforce's own field", () => {
    const { url, body } = requestWith({ key: "email" }, { email: " Jane@Example.com " });
    expect(url).toBe(`${URL_BASE}/services/data/v60.0/composite/sobjects/Contact/Email`);
    expect(body).toEqual({
      allOrNone: false,
      records: [{ ...record, Email: "jane@example.com" }],
    });
  });

  it("has the key without blanks in its field, as Salesforce would have it", () => {
    const { body } = requestWith({}, { customer_id: customerIdOf(" c1 ") });
    expect(body).toMatchObject({ records: [{ Gameball_Customer_Id__c: "c1" }] });
  });

  it("has the destination's headers, and no token, which the call adds", () => {
    const headers = { "Sforce-Duplicate-Rule-Header": "allowSave=true" };
    expect(requestWith({ headers }).headers).toEqual({
      "content-type": "application/json",
      "user-agent": `gameball-relay/${manifest.version}`,
      "sforce-duplicate-rule-header": "allowSave=true",
    });
  });

  it("holds at most 200 contacts, or as many as the destination's batch allows", () => {
    expect(adapterWith().maxItems).toBe(200);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
    expect(() => adapterWith({ batch: 201 })).toThrow("must be at most 200");
  });

  it("is no notification, and no profile without its key", () => {
    const adapter = adapterWith({ key: "email" });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
    const fault = "the profile has no e-mail address";
    expect(adapter.draft(sampleDelivery({ email: null }))).toEqual({ fault });
  });
});

describe("Salesforce's settings", () => {
  it("ask for tokens where the org is, as the client itself", () => {
    const { oauth, crm, rate } = destination({});
    expect(oauth).toEqual({
      tokenUrl: `${URL_BASE}/services/oauth2/token`,
      form: {
        grant_type: "client_credentials",
        client_id: "client-id-0123456789",
        client_secret: "client-secret-0123456789",
      },
      scheme: "Bearer",
    });
    expect(crm).toMatchObject({ key: "customer_id", updateOnly: true });
    expect(rate).toEqual({ limit: 60, perSeconds: 60 });
  });

  it("ask with a refresh token, and elsewhere, where they name such", () => {
    const credentials = {
      client_id: "id",
      client_secret: "secret",
      refresh_token: "refresh",
      token_url: "https://login.salesforce.com/services/oauth2/token",
    };
    expect(destination({ credentials }).oauth).toEqual({
      tokenUrl: "https://login.salesforce.com/services/oauth2/token",
      form: {
        grant_type: "refresh_token",
        refresh_token: "refresh",
        client_id: "id",
        client_secret: "secret",
      },
      scheme: "Bearer",
    });
  });

  it("need the org's url, as there is none for all", () => {
    expect(() => destination({ url: undefined })).toThrow("is missing");
  });

  it("need a last name to create anybody, and must not map one to create nobody", () => {
    const named = { LastName: "attributes.last_name", Gameball_Customer_Id__c: "customer_id" };
    expect(() => destination({ update_only: false })).toThrow(
      "must map LastName, without which Salesforce creates nobody",
    );
    expect(() => destination({ fields: { ...named, lastname: "tier.name" } })).toThrow(
      "must not map LastName, with which Salesforce creates those whom it does not know",
    );
    expect(destination({ fields: named, update_only: false }).crm?.updateOnly).toBe(false);
  });
});
