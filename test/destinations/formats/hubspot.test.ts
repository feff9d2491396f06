// HubSpot: the request for each setting.
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { itemsOf } from "../../support/adapters.ts";
import { deliveriesOf, sentBy, UNKNOWN } from "../../support/crms/calls.ts";
import { FakeHubSpot } from "../../support/crms/hubspot.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const UPSERT = "/crm/v3/objects/contacts/batch/upsert";
const TRACE = "evt_0123456789abcdef0123456789abcdef";

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeHubSpot(), changes);
const adapter = adapterWith();
const one = [sampleDelivery()];
const three = deliveriesOf(3);

describe("a request to HubSpot", () => {
  it("upserts contacts by e-mail address, with every value as text", () => {
    expect(sentBy(adapterWith({ url: undefined }), one)).toEqual({
      method: "POST",
      url: `https://api.hubapi.com${UPSERT}`,
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        authorization: "Bearer hubspot-token-0123456789",
      },
      body: {
        inputs: [
          {
            idProperty: "email",
            id: "customer@example.com",
            objectWriteTraceId: TRACE,
            properties: {
              gameball_tier_name: "basic",
              gameball_tier_order: "1",
              gameball_activated_points: "90",
              gameball_pending_points: "10",
              gameball_total_points: "100",
              gameball_referral_code: "referral_123",
              gameball_referral_link: "www.example.com",
              gameball_customer_id: "webhook-test",
            },
          },
        ],
      },
    });
  });

  it("has all contacts in their order, each under a trace id and an address in lower case", () => {
    expect(sentBy(adapter, three).body).toMatchObject({
      inputs: [0, 1, 2].map((index) => ({
        id: `customer.${index}@example.com`,
        objectWriteTraceId: `evt_${index}`,
      })),
    });
  });

  it("clears what is not known", () => {
    const { body } = sentBy(adapter, [sampleDelivery(UNKNOWN)]);
    const properties = {
      gameball_tier_name: "",
      gameball_tier_order: "",
      gameball_activated_points: "",
      gameball_pending_points: "",
      gameball_total_points: "",
      gameball_referral_code: "",
      gameball_referral_link: "",
      gameball_customer_id: "webhook-test",
    };
    expect(body).toMatchObject({ inputs: [{ properties }] });
  });

  it("has the fields of the settings and no others", () => {
    const fields = {
      tier: "tier.name",
      vip: "attributes.vip",
      tags: "attributes.tags",
      nothing: "attributes.nothing",
    };
    const delivery = sampleDelivery({ attributes: { vip: true, tags: ["a", 1], city: "x" } });
    const { body } = sentBy(adapterWith({ fields }), [delivery]);
    const properties = { tier: "basic", vip: "true", tags: '["a",1]', nothing: "" };
    expect(body).toEqual({
      inputs: [
        { idProperty: "email", id: "customer@example.com", objectWriteTraceId: TRACE, properties },
      ],
    });
  });

  it.each([
    [{ key: "customer_id" }, "gameball_customer_id", "webhook-test"],
    [
      { key: "customer_id", fields: { shop_id: "customer_id", tier: "tier.name" } },
      "shop_id",
      "webhook-test",
    ],
    [{ key: "gb_customer_id", fields: { gameball: "gb_customer_id" } }, "gameball", "1234"],
  ])("finds contacts by the field that holds the key: %j", (settings, idProperty, id) => {
    expect(sentBy(adapterWith(settings), one).body).toMatchObject({
      inputs: [{ idProperty, id, properties: { [idProperty]: id } }],
    });
  });

  it("goes where the API begins, or to the whole address", () => {
    const url = "https://eu1.example.com";
    for (const given of [url, `${url}/`, `${url}${UPSERT}`]) {
      expect(sentBy(adapterWith({ url: given }), one).url).toBe(`${url}${UPSERT}`);
    }
  });

  it("takes a header for the credentials", () => {
    const headers = { authorization: "Bearer another", "x-shop": "acme" };
    const settings = { credentials: undefined, headers };
    expect(sentBy(adapterWith(settings), one).headers).toEqual({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...headers,
    });
  });

  it("has at most a hundred contacts and three megabytes, or fewer if so configured", () => {
    expect(adapter).toMatchObject({ maxItems: 100, minItems: 1, maxBytes: 3 * 1024 * 1024 });
    const calls = chunk(itemsOf(adapter, deliveriesOf(201)), adapter);
    expect(calls.map((call) => call.length)).toEqual([100, 100, 1]);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
  });

  it("is made of nobody without the key, and of no notification", () => {
    const draft = (changes: object) => adapter.draft(sampleDelivery(changes));
    expect(draft({ email: null })).toEqual({ fault: "the profile has no e-mail address" });
    expect(draft({ email: " " })).toEqual({ fault: "the profile has no e-mail address" });
    const byId = adapterWith({ key: "gb_customer_id", fields: { id: "gb_customer_id" } });
    expect(byId.draft(sampleDelivery({ gb_customer_id: null }))).toEqual({
      fault: "the profile has no Gameball customer id",
    });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });

  it("is made at most 90 times in ten seconds", () => {
    expect(destinationTo(new FakeHubSpot()).rate).toEqual({ limit: 90, perSeconds: 10 });
  });
});
