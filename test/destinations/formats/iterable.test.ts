// Iterable: the request for each setting.
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { itemsOf } from "../../support/adapters.ts";
import { deliveriesOf, sentBy, UNKNOWN } from "../../support/crms/calls.ts";
import { FakeIterable } from "../../support/crms/iterable.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeIterable(), changes);
const adapter = adapterWith();
const one = [sampleDelivery()];
const three = deliveriesOf(3);

describe("a request to Iterable", () => {
  it("updates users in bulk by e-mail address, be it one, and creates fields", () => {
    expect(sentBy(adapterWith({ url: undefined }), one)).toEqual({
      method: "POST",
      url: "https://api.iterable.com/api/users/bulkUpdate",
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "api-key": "iterable-key-0123456789",
      },
      body: {
        createNewFields: true,
        users: [
          {
            email: "customer@example.com",
            dataFields: {
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

  it("has all users in their order, their addresses in lower case", () => {
    expect(sentBy(adapter, three).body).toMatchObject({
      users: [0, 1, 2].map((index) => ({ email: `customer.${index}@example.com` })),
    });
  });

  it("unsets what is not known", () => {
    const dataFields = {
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
    expect(body).toMatchObject({ users: [{ dataFields }] });
  });

  it("has the fields of the settings and no others, whatever changed", () => {
    const fields = { tier: "tier.name", vip: "attributes.vip", none: "attributes.none" };
    const delivery = {
      ...sampleDelivery({ attributes: { vip: true, city: "x" } }),
      changes: { "tier.name": { from: "gold", to: "basic" } },
    };
    expect(sentBy(adapterWith({ fields }), [delivery]).body).toMatchObject({
      users: [{ dataFields: { tier: "basic", vip: true, none: null } }],
    });
  });

  it.each([
    ["email", { email: "customer@example.com" }],
    ["customer_id", { userId: "webhook-test", preferUserId: true }],
    ["gb_customer_id", { userId: "1234", preferUserId: true }],
  ])("knows users by %s alone", (key, identity) => {
    const settings = { key, fields: { tier: "tier.name" } };
    expect(sentBy(adapterWith(settings), one).body).toEqual({
      createNewFields: true,
      users: [{ ...identity, dataFields: { tier: "basic" } }],
    });
  });

  it("goes where the API begins, or to the whole address", () => {
    const url = "https://api.eu.iterable.com";
    for (const given of [url, `${url}/`, `${url}/api/users/bulkUpdate`]) {
      expect(sentBy(adapterWith({ url: given }), one).url).toBe(`${url}/api/users/bulkUpdate`);
    }
  });

  it("takes a header for the credentials", () => {
    const headers = { "api-key": "another", "x-shop": "acme" };
    expect(sentBy(adapterWith({ credentials: undefined, headers }), one).headers).toEqual({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...headers,
    });
  });

  it("has at most 4 MB and a thousand users, or fewer if so configured", () => {
    const caps = { maxItems: 1_000, minItems: 1, maxBytes: 3_999_000, maxItemBytes: 3_999_000 };
    expect(adapter).toMatchObject(caps);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
    const calls = chunk(itemsOf(adapter, deliveriesOf(1_001)), adapter);
    expect(calls.map((call) => call.length)).toEqual([1_000, 1]);
  });

  it("is made at most five times a second", () => {
    expect(destinationTo(new FakeIterable()).rate).toEqual({ limit: 5, perSeconds: 1 });
  });

  it("is made of nobody without the key, and of no notification", () => {
    expect(adapter.draft(sampleDelivery({ email: null }))).toEqual({
      fault: "the profile has no e-mail address",
    });
    const byGameball = adapterWith({ key: "gb_customer_id" });
    expect(byGameball.draft(sampleDelivery({ gb_customer_id: null }))).toEqual({
      fault: "the profile has no Gameball customer id",
    });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });
});
