// Customer.io: the request for each setting.
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { itemsOf } from "../../support/adapters.ts";
import { callVendor, deliveriesOf, kindsOf, sentBy, UNKNOWN } from "../../support/crms/calls.ts";
import { FakeCustomerIo } from "../../support/crms/customerio.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const SECONDS = 1_732_037_682; // 2024-11-19T17:34:42Z

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeCustomerIo(), changes);
const adapter = adapterWith();
const one = [sampleDelivery()];
const three = deliveriesOf(3);

describe("a request to Customer.io", () => {
  it("identifies people by the customer's id, at the time of the event", () => {
    expect(sentBy(adapterWith({ url: undefined }), one)).toEqual({
      method: "POST",
      url: "https://track.customer.io/api/v2/batch",
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        authorization: `Basic ${btoa("customerio-site-0123456789:customerio-key-0123456789")}`,
      },
      body: {
        batch: [
          {
            type: "person",
            action: "identify",
            identifiers: { id: "webhook-test" },
            timestamp: SECONDS,
            attributes: {
              gameball_tier_name: "basic",
              gameball_tier_order: 1,
              gameball_activated_points: 90,
              gameball_pending_points: 10,
              gameball_total_points: 100,
              gameball_referral_code: "referral_123",
              gameball_referral_link: "www.example.com",
              gameball_customer_id: "webhook-test",
            },
          },
        ],
      },
    });
  });

  it("has all people in their order", () => {
    expect(sentBy(adapter, three).body).toMatchObject({
      batch: [0, 1, 2].map((index) => ({ identifiers: { id: `customer-${index}` } })),
    });
  });

  it("unsets what is not known", () => {
    const attributes = {
      gameball_tier_name: null,
      gameball_tier_order: null,
      gameball_activated_points: null,
      gameball_pending_points: null,
      gameball_total_points: null,
      gameball_referral_code: null,
      gameball_referral_link: null,
      gameball_customer_id: "webhook-test",
    };
    const { body } = sentBy(adapter, [sampleDelivery(UNKNOWN)]);
    expect(body).toMatchObject({ batch: [{ attributes }] });
  });

  it("has the fields of the settings and no others, whatever changed", () => {
    const fields = { tier: "tier.name", vip: "attributes.vip", none: "attributes.none" };
    const delivery = {
      ...sampleDelivery({ attributes: { vip: true, city: "x" } }),
      changes: { "tier.name": { from: "gold", to: "basic" } },
    };
    const attributes = { tier: "basic", vip: true, none: null };
    expect(sentBy(adapterWith({ fields }), [delivery]).body).toEqual({
      batch: [expect.objectContaining({ attributes })],
    });
  });

  it.each([
    ["email", { email: "customer@example.com" }],
    ["customer_id", { id: "webhook-test" }],
    ["gb_customer_id", { id: "1234" }],
  ])("knows people by %s alone", (key, identifiers) => {
    const delivery = sampleDelivery({ email: " Customer@Example.com " });
    expect(sentBy(adapterWith({ key }), [delivery]).body).toEqual({
      batch: [expect.objectContaining({ identifiers })],
    });
  });

  it("creates nobody with update_only", () => {
    const vendor = new FakeCustomerIo();
    const updating = adapterTo(vendor, { update_only: true, fields: { tier: "tier.name" } });
    expect(sentBy(updating, one).body).toMatchObject({
      batch: [{ attributes: { tier: "basic", _update: true } }],
    });
    expect(kindsOf(callVendor(vendor, updating, one).outcomes)).toEqual(["delivered"]);
    expect(vendor.contacts.size).toBe(0);
    callVendor(vendor, adapterTo(vendor, { fields: { tier: "tier.name" } }), one);
    callVendor(vendor, updating, [sampleDelivery({ tier: { name: "gold", order: 2 } })]);
    expect(vendor.contacts.get("webhook-test")).toEqual({ tier: "gold" });
  });

  it("overwrites nothing newer, even where an older one comes later", () => {
    const vendor = new FakeCustomerIo();
    const told = adapterTo(vendor, { fields: { tier: "tier.name" } });
    callVendor(vendor, told, one);
    const older = { occurred_at: "2024-11-19T17:34:41.999Z", tier: { name: "old", order: 0 } };
    callVendor(vendor, told, [sampleDelivery(older)]);
    expect(vendor.contacts.get("webhook-test")).toEqual({ tier: "basic" });
  });

  it("goes where the API begins, or to the whole address", () => {
    const url = "https://track-eu.customer.io";
    for (const given of [url, `${url}/`, `${url}/api/v2/batch`]) {
      expect(sentBy(adapterWith({ url: given }), one).url).toBe(`${url}/api/v2/batch`);
    }
  });

  it("takes a header for the credentials", () => {
    const headers = { authorization: "Basic another", "x-shop": "acme" };
    expect(sentBy(adapterWith({ credentials: undefined, headers }), one).headers).toEqual({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...headers,
    });
  });

  it("has less than 500 KB, and people of at most 32 KB, a thousand or as configured", () => {
    const caps = { maxItems: 1_000, minItems: 1, maxBytes: 499_000, maxItemBytes: 32_000 };
    expect(adapter).toMatchObject(caps);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
    const large = deliveriesOf(40, { referral: { code: "x".repeat(30_000), link: null } });
    const calls = chunk(itemsOf(adapter, large), adapter);
    expect(calls.map((call) => call.length)).toEqual([16, 16, 8]);
  });

  it("is made at most a hundred times a second", () => {
    expect(destinationTo(new FakeCustomerIo()).rate).toEqual({ limit: 100, perSeconds: 1 });
  });

  it("is made of nobody without the key, and of no notification", () => {
    const byEmail = adapterWith({ key: "email" });
    expect(byEmail.draft(sampleDelivery({ email: null }))).toEqual({
      fault: "the profile has no e-mail address",
    });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });
});
