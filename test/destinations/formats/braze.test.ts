// Braze: the request for each setting, and which attributes it costs data points for.
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import { changesBetween } from "../../../src/profile/changes.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { itemsOf } from "../../support/adapters.ts";
import { callVendor, deliveriesOf, kindsOf, sentBy, UNKNOWN } from "../../support/crms/calls.ts";
import type { ProfileDelivery } from "../../../src/destinations/adapter.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { FakeBraze } from "../../support/crms/braze.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const ALL = {
  gameball_tier_name: "basic",
  gameball_tier_order: 1,
  gameball_activated_points: 90,
  gameball_pending_points: 10,
  gameball_total_points: 100,
  gameball_referral_code: "referral_123",
  gameball_referral_link: "www.example.com",
  gameball_customer_id: "webhook-test",
};

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeBraze(), changes);
const adapter = adapterWith();
const one = [sampleDelivery()];
const three = deliveriesOf(3);

/** A delivery after one of `before`. */
function update(
  before: Partial<Profile>,
  after: Partial<Profile>,
  more: Partial<ProfileDelivery> = {},
): ProfileDelivery {
  const changes = changesBetween(sampleDelivery(before).profile, sampleDelivery(after).profile);
  return { ...sampleDelivery(after), changes, ...more };
}

const tier = { name: "gold", order: 2 };
const promoted = update({}, { tier });
const PROMOTED = { gameball_tier_name: "gold", gameball_tier_order: 2 };

const attributesOf = (delivery: ProfileDelivery, settings = {}) =>
  sentBy(adapterWith(settings), [delivery]).body;

describe("a request to Braze", () => {
  it("tracks users' attributes by external id, numbers as numbers", () => {
    expect(sentBy(adapter, one)).toEqual({
      method: "POST",
      url: "http://127.0.0.1:0/users/track",
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        authorization: "Bearer braze-key-0123456789",
      },
      body: { attributes: [{ external_id: "webhook-test", ...ALL }] },
    });
  });

  it("has all users in their order, and says of several that they are bulk traffic", () => {
    const { headers, body } = sentBy(adapter, deliveriesOf(2));
    expect(headers).toMatchObject({ "x-braze-bulk": "true" });
    expect(body).toMatchObject({
      attributes: [0, 1].map((index) => ({ external_id: `customer-${index}` })),
    });
  });

  it("removes what is not known", () => {
    const nulls = Object.fromEntries(Object.keys(ALL).map((name) => [name, null]));
    const { body } = sentBy(adapter, [sampleDelivery(UNKNOWN)]);
    const given = { external_id: "webhook-test", gameball_customer_id: "webhook-test" };
    expect(body).toEqual({ attributes: [{ ...nulls, ...given }] });
  });

  it("has the fields of the settings and no others", () => {
    const fields = { tier: "tier.name", tags: "attributes.tags", none: "attributes.none" };
    const delivery = sampleDelivery({ attributes: { tags: ["a"], city: "x" } });
    expect(sentBy(adapterWith({ fields }), [delivery]).body).toEqual({
      attributes: [{ external_id: "webhook-test", tier: "basic", tags: '["a"]', none: null }],
    });
  });

  it.each([
    ["customer_id", { external_id: "webhook-test" }],
    ["gb_customer_id", { external_id: "1234" }],
    ["email", { email: "customer@example.com" }],
  ])("knows users by %s", (key, identifier) => {
    const settings = { key, fields: { tier: "tier.name" } };
    const delivery = sampleDelivery({ email: " Customer@Example.com" });
    expect(sentBy(adapterWith(settings), [delivery]).body).toEqual({
      attributes: [{ ...identifier, tier: "basic" }],
    });
  });

  it("creates nobody with update_only", () => {
    const updating = adapterWith({ update_only: true });
    expect(sentBy(updating, one).body).toEqual({
      attributes: [{ external_id: "webhook-test", _update_existing_only: true, ...ALL }],
    });
    const vendor = new FakeBraze();
    const { outcomes } = callVendor(vendor, adapterTo(vendor, { update_only: true }), one);
    expect([kindsOf(outcomes), vendor.contacts.size]).toEqual([["accepted"], 0]);
  });

  it("goes where the API begins, or to the whole address", () => {
    const url = "https://rest.iad-01.braze.com";
    for (const given of [url, `${url}/`, `${url}/users/track`]) {
      expect(sentBy(adapterWith({ url: given }), one).url).toBe(`${url}/users/track`);
    }
  });

  it("takes a header for the credentials, and another word for the kind of traffic", () => {
    const headers = { authorization: "Bearer another", "x-braze-bulk": "false" };
    expect(sentBy(adapterWith({ credentials: undefined, headers }), three).headers).toEqual({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...headers,
    });
  });

  it("has fifty users and 4 MB, or up to 75 users if so configured", () => {
    const caps = { maxItems: 50, minItems: 1, maxBytes: 3_999_000, maxItemBytes: 3_999_000 };
    expect(adapter).toMatchObject(caps);
    const most = adapterWith({ batch: 75 });
    const calls = chunk(itemsOf(most, deliveriesOf(76)), most);
    expect(calls.map((call) => call.length)).toEqual([75, 1]);
  });

  it("is made at most a hundred times a second", () => {
    expect(destinationTo(new FakeBraze()).rate).toEqual({ limit: 100, perSeconds: 1 });
  });

  it("is made of nobody without the key, and of no notification", () => {
    const byEmail = adapterWith({ key: "email" });
    expect(byEmail.draft(sampleDelivery({ email: null }))).toEqual({
      fault: "the profile has no e-mail address",
    });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });
});

describe("attributes for Braze", () => {
  const all = { ...ALL, ...PROMOTED };

  it("are only those that changed, a value that is gone among them", () => {
    expect(attributesOf(promoted)).toEqual({
      attributes: [{ external_id: "webhook-test", ...PROMOTED }],
    });
    const lost = update({}, { referral: { code: null, link: "www.example.com" } });
    expect(attributesOf(lost)).toEqual({
      attributes: [{ external_id: "webhook-test", gameball_referral_code: null }],
    });
    const fields = { city: "attributes.city", shirt: "attributes.shirt.size" };
    const moved = update(
      { attributes: { city: "Cairo", "shirt.size": "M" } },
      { attributes: { city: "Alexandria", "shirt.size": "L", hat: 1 } },
    );
    expect(attributesOf(moved, { fields })).toEqual({
      attributes: [{ external_id: "webhook-test", city: "Alexandria", shirt: "L" }],
    });
  });

  it("are all of them in a first delivery, after a failed attempt, and when sent again", () => {
    const attributes = [{ external_id: "webhook-test", ...all }];
    expect(attributesOf(sampleDelivery({ tier }))).toEqual({ attributes });
    expect(attributesOf({ ...promoted, attempt: 2 })).toEqual({ attributes });
    expect(attributesOf({ ...promoted, again: true })).toEqual({ attributes });
  });

  it("are all of them where another customer may have written to the same user", () => {
    const vendor = new FakeBraze();
    const told = adapterTo(vendor, { key: "email" });
    const other = {
      customer_id: customerIdOf("other"),
      points: { activated: 1, pending: 1, total: 2 },
    };
    callVendor(vendor, told, one);
    callVendor(vendor, told, [sampleDelivery(other)]);
    callVendor(vendor, told, [promoted]);
    expect(vendor.contacts.get("customer@example.com")).toEqual(all);
  });

  it.each([
    ["email", { email: "new@example.com" }, "new@example.com"],
    ["gb_customer_id", { gb_customer_id: "5678" }, "5678"],
  ])("are all of them where a customer's %s is another than before", (key, change, found) => {
    const vendor = new FakeBraze();
    const told = adapterTo(vendor, { key });
    callVendor(vendor, told, one);
    callVendor(vendor, told, [update({}, change)]);
    expect(vendor.contacts.get(found)).toEqual(ALL);
  });

  it("are all of them where Braze may have come to know the user since", () => {
    const vendor = new FakeBraze();
    const told = adapterTo(vendor, { update_only: true });
    callVendor(vendor, told, one);
    vendor.contacts.set("webhook-test", {});
    callVendor(vendor, told, [promoted]);
    expect(vendor.contacts.get("webhook-test")).toEqual(all);
  });

  it("cost a data point each", () => {
    const vendor = new FakeBraze();
    const told = adapterTo(vendor);
    const costs = [
      sampleDelivery(),
      promoted,
      update({ tier }, { tier }),
      { ...promoted, attempt: 3 },
    ];
    const found = costs.map((delivery) => {
      const before = vendor.dataPoints;
      callVendor(vendor, told, [delivery]);
      return vendor.dataPoints - before;
    });
    expect(found).toEqual([8, 2, 0, 8]);
    expect(vendor.contacts.get("webhook-test")).toEqual(all);
  });
});
