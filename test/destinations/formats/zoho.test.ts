// Zoho CRM: the exact requests that it is sent, by the destination's settings.
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import type { Profile } from "../../../src/profile/profile.ts";
import { itemsOf } from "../../support/adapters.ts";
import { NOW } from "../../support/crms/calls.ts";
import { FakeZoho } from "../../support/crms/zoho.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

type Changes = Readonly<Record<string, unknown>>;

const CLIENT = { client_id: "id", client_secret: "secret" };

const destination = (changes: Changes = {}) =>
  destinationTo(new FakeZoho(), { url: undefined, credentials: CLIENT, ...changes });

const adapterWith = (changes: Changes = {}) =>
  adapterTo(new FakeZoho(), { url: undefined, ...changes });

function requestWith(changes: Changes, profile: Partial<Profile> = {}) {
  const adapter = adapterWith(changes);
  const items = itemsOf(adapter, [sampleDelivery(profile)]);
  const spec = adapter.request(items, { now: NOW, batchId: "batch_1" });
  return { ...spec, body: JSON.parse(spec.body ?? "") as unknown };
}

const record = {
  Gameball_Tier_Name: "basic",
  Gameball_Tier_Order: 1,
  Gameball_Activated_Points: 90,
  Gameball_Pending_Points: 10,
  Gameball_Total_Points: 100,
  Gameball_Referral_Code: "referral_123",
  Gameball_Referral_Link: "www.example.com",
  Gameball_Customer_Id: "webhook-test",
};

describe("a request to Zoho", () => {
  it("upserts contacts by their addresses, and lets no workflow run", () => {
    expect(requestWith({})).toEqual({
      method: "POST",
      url: "https://www.zohoapis.com/crm/v8/Contacts/upsert",
      headers: {
        "content-type": "application/json",
        "user-agent": `gameball-relay/${manifest.version}`,
      },
      body: {
        data: [{ ...record, Email: "customer@example.com" }],
        duplicate_check_fields: ["Email"],
        trigger: [],
      },
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
    expect(body).toMatchObject({
      data: [
        {
          Gameball_Tier_Name: null,
          Gameball_Tier_Order: null,
          Gameball_Activated_Points: 0,
          Gameball_Pending_Points: null,
          Gameball_Total_Points: 99.5,
          Gameball_Referral_Code: "",
          Gameball_Referral_Link: null,
          Gameball_Customer_Id: "webhook-test",
        },
      ],
    });
  });

  it("finds contacts by Gameball's own id, in the field that it is mapped to", () => {
    const fields = { Loyalty_Id: "gb_customer_id", Loyalty_Tags: "attributes.tags" };
    const attributes = { tags: ["vip", "new"] };
    expect(requestWith({ key: "gb_customer_id", fields }, { attributes }).body).toEqual({
      data: [{ Loyalty_Id: "1234", Loyalty_Tags: '["vip","new"]' }],
      duplicate_check_fields: ["Loyalty_Id"],
      trigger: [],
    });
  });

  it("finds contacts by their address, in Zoho's own field", () => {
    expect(requestWith({ key: "email" }, { email: " Jane@Example.com " }).body).toEqual({
      data: [{ ...record, Email: "jane@example.com" }],
      duplicate_check_fields: ["Email"],
      trigger: [],
    });
  });

  it("has the key without blanks in its field, as Zoho would have it", () => {
    const { body } = requestWith({ key: "customer_id" }, { customer_id: customerIdOf(" c1 ") });
    expect(body).toMatchObject({ data: [{ Gameball_Customer_Id: "c1" }] });
  });

  it("goes to the data center that the url names, with the destination's headers", () => {
    const { url, headers } = requestWith({
      url: "https://www.zohoapis.in/",
      headers: { "x-zcsrf": "a" },
    });
    expect(url).toBe("https://www.zohoapis.in/crm/v8/Contacts/upsert");
    expect(headers).toEqual({
      "content-type": "application/json",
      "user-agent": `gameball-relay/${manifest.version}`,
      "x-zcsrf": "a",
    });
  });

  it("holds at most 100 contacts, or as many as the destination's batch allows", () => {
    expect(adapterWith().maxItems).toBe(100);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
    expect(() => adapterWith({ batch: 101 })).toThrow("must be at most 100");
  });

  it("is no notification, and no profile without its key", () => {
    const adapter = adapterWith({ key: "email" });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
    const fault = "the profile has no e-mail address";
    expect(adapter.draft(sampleDelivery({ email: null }))).toEqual({ fault });
  });
});

describe("Zoho's settings", () => {
  it("ask for tokens with a refresh token, where there is one", () => {
    const credentials = { ...CLIENT, refresh_token: "refresh", soid: "ZohoCRM.1" };
    const { oauth, crm } = destination({ credentials });
    expect(oauth).toEqual({
      tokenUrl: "https://accounts.zoho.com/oauth/v2/token",
      form: {
        grant_type: "refresh_token",
        refresh_token: "refresh",
        client_id: "id",
        client_secret: "secret",
      },
      scheme: "Zoho-oauthtoken",
    });
    expect(crm).toMatchObject({ key: "email", updateOnly: true });
  });

  it("ask as the client itself otherwise, and say what for and for whom", () => {
    const form = { grant_type: "client_credentials", client_id: "id", client_secret: "secret" };
    const scope = "ZohoCRM.modules.contacts.ALL,ZohoCRM.settings.fields.ALL";
    expect(destination().oauth?.form).toEqual({ ...form, scope });
    const credentials = { ...CLIENT, scope: "ZohoCRM.modules.ALL", soid: "ZohoCRM.60012345" };
    expect(destination({ credentials }).oauth?.form).toEqual({
      ...form,
      scope: "ZohoCRM.modules.ALL",
      soid: "ZohoCRM.60012345",
    });
  });

  it.each([
    ["https://www.zohoapis.com", "https://accounts.zoho.com"],
    ["https://www.zohoapis.eu", "https://accounts.zoho.eu"],
    ["https://zohoapis.in/", "https://accounts.zoho.in"],
    ["https://www.zohoapis.com.au", "https://accounts.zoho.com.au"],
    ["https://www.zohoapis.com.cn", "https://accounts.zoho.com.cn"],
    ["https://www.zohoapis.jp", "https://accounts.zoho.jp"],
    ["https://www.zohoapis.sa", "https://accounts.zoho.sa"],
    ["https://www.zohoapis.uk", "https://accounts.zoho.uk"],
    ["https://www.zohoapis.ae", "https://accounts.zoho.ae"],
    ["https://www.zohoapis.ca", "https://accounts.zohocloud.ca"],
    ["https://sandbox.zohoapis.eu", "https://accounts.zoho.eu"],
  ])("ask %s's own accounts", (url, accounts) => {
    expect(destination({ url }).oauth?.tokenUrl).toBe(`${accounts}/oauth/v2/token`);
  });

  it.each([
    "https://crm.example.com",
    "https://evilzohoapis.com",
    "https://www.zohoapis.com.example.com",
    "https://www.zohoapis.example",
  ])("must say where tokens are had for %s", (url) => {
    expect(() => destination({ url })).toThrow(
      "is missing: this url does not tell where tokens are had",
    );
    const token_url = "https://accounts.example.com/token";
    const { oauth } = destination({ url, credentials: { ...CLIENT, token_url } });
    expect(oauth?.tokenUrl).toBe(token_url);
  });

  it("need a last name to create anybody, and must not map one to create nobody", () => {
    const fields = { Last_Name: "attributes.name", Gameball_Customer_Id: "customer_id" };
    expect(() => destination({ update_only: false })).toThrow(
      "must map Last_Name, without which Zoho CRM creates nobody",
    );
    expect(() => destination({ fields })).toThrow(
      "must not map Last_Name, with which Zoho CRM creates those whom it does not know",
    );
    expect(destination({ fields, update_only: false }).crm?.updateOnly).toBe(false);
  });
});
