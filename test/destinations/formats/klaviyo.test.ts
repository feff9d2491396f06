// Klaviyo's adapter: how a job, and a single profile, are asked for. What the answers mean is beside this file.
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { chunk } from "../../../src/delivery/calls.ts";
import { itemsOf } from "../../support/adapters.ts";
import { callVendor, NOW } from "../../support/crms/calls.ts";
import { FakeKlaviyo } from "../../support/crms/klaviyo.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import {
  sampleDeliveries,
  sampleDelivery,
  sampleNotificationDelivery,
} from "../../support/samples.ts";

const context = { now: NOW, batchId: "batch_1" };

/** Klaviyo where it is by default. */
const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeKlaviyo(), { url: undefined, ...changes });
const klaviyo = adapterWith();

/** How many are in each call. */
const sizes = (count: number, batch = 10_000) =>
  chunk(itemsOf(klaviyo, sampleDeliveries(count)), adapterWith({ batch })).map(
    (call) => call.length,
  );

const one = itemsOf(klaviyo, [sampleDelivery()]);
const three = itemsOf(klaviyo, sampleDeliveries(3));

/** The sample profile in Klaviyo's words. */
const SAMPLE = {
  type: "profile",
  attributes: {
    email: "customer@example.com",
    properties: {
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
};

const HEADERS = {
  accept: "application/vnd.api+json",
  authorization: "Klaviyo-API-Key klaviyo-key-0123456789",
  "content-type": "application/vnd.api+json",
  revision: "2026-07-15",
  "user-agent": `gameball-relay/${manifest.version}`,
};

describe("a request to Klaviyo", () => {
  it("imports a single profile by itself", () => {
    const { body, ...rest } = klaviyo.request(one, context);
    expect(rest).toEqual({
      method: "POST",
      url: "https://a.klaviyo.com/api/profile-import",
      headers: HEADERS,
    });
    expect(JSON.parse(body ?? "")).toEqual({ data: SAMPLE });
  });

  it.each([2, 9, 10, 25])("imports %d profiles by a job", (count) => {
    const items = itemsOf(klaviyo, [sampleDelivery(), ...sampleDeliveries(count - 1)]);
    const { body, ...rest } = klaviyo.request(items, context);
    expect(rest).toEqual({
      method: "POST",
      url: "https://a.klaviyo.com/api/profile-bulk-import-jobs",
      headers: HEADERS,
    });
    const parsed = JSON.parse(body ?? "") as {
      data: { type: string; attributes: { profiles: { data: unknown[] } } };
    };
    const { data } = parsed.data.attributes.profiles;
    expect(data).toHaveLength(count);
    expect(data[0]).toEqual(SAMPLE);
    expect(parsed).toEqual({
      data: { type: "profile-bulk-import-job", attributes: { profiles: { data } } },
    });
  });

  it("unsets what is not known, which a null would leave as it was", () => {
    const referral = { code: null, link: null };
    const tier = { name: null, order: 3 };
    const draft = klaviyo.draft(sampleDelivery({ referral, tier }));
    expect(JSON.parse("json" in draft ? draft.json : "")).toEqual({
      type: "profile",
      attributes: {
        email: "customer@example.com",
        properties: {
          gameball_tier_order: 3,
          gameball_activated_points: 90,
          gameball_pending_points: 10,
          gameball_total_points: 100,
          gameball_customer_id: "webhook-test",
        },
      },
      meta: {
        patch_properties: {
          unset: ["gameball_tier_name", "gameball_referral_code", "gameball_referral_link"],
        },
      },
    });
  });

  it("sends all fields whatever has changed: a job says nothing of those that it skipped", () => {
    const delivery = { ...sampleDelivery(), changes: { "points.total": { from: 1, to: 100 } } };
    expect(itemsOf(klaviyo, [delivery])[0]?.json).toBe(one[0]?.json);
  });

  it.each([
    ["email", "email", "c0@example.com"],
    ["customer_id", "external_id", "c0"],
    ["gb_customer_id", "external_id", "1234"],
  ])("knows a customer by %s as %s", (key, identifier, value) => {
    const [item] = itemsOf(
      adapterWith({ key }),
      sampleDeliveries(1, { email: " C0@Example.com " }),
    );
    expect(item?.key).toBe(value);
    const { attributes } = JSON.parse(item?.json ?? "") as typeof SAMPLE;
    expect({ ...attributes, properties: null }).toEqual({ [identifier]: value, properties: null });
  });

  it("writes the fields that are configured, under their names", () => {
    const fields = {
      "Loyalty tier": "tier.name",
      points: "points.total",
      sizes: "attributes.sizes",
    };
    const adapter = adapterWith({ fields });
    const [item] = itemsOf(adapter, [sampleDelivery({ attributes: { sizes: ["M", "L"] } })]);
    expect(JSON.parse(item?.json ?? "")).toMatchObject({
      attributes: {
        properties: { "Loyalty tier": "basic", points: 100, sizes: '["M","L"]' },
      },
    });
  });

  it("goes where the API is said to begin, by another revision if need be", () => {
    const url = "https://proxy.example.com/klaviyo/";
    const adapter = adapterWith({ url, headers: { Revision: "2027-01-15", "x-source": "relay" } });
    for (const items of [one, three]) {
      const spec = adapter.request(items, context);
      expect(spec.url).toMatch(/^https:\/\/proxy\.example\.com\/klaviyo\/api\/profile-[a-z-]+$/);
      expect(spec.headers).toEqual({ ...HEADERS, revision: "2027-01-15", "x-source": "relay" });
    }
  });

  it("takes an authorization that is among the headers", () => {
    const headers = { Authorization: "Klaviyo-API-Key another-key-456" };
    const adapter = adapterWith({ credentials: undefined, headers });
    expect(adapter.request(one, context).headers["authorization"]).toBe(headers.Authorization);
  });

  it("carries no notification", () => {
    expect(klaviyo.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });

  it("has its settings' defaults", () => {
    const destination = destinationTo(new FakeKlaviyo(), { url: undefined });
    expect(destination).toMatchObject({
      url: "https://a.klaviyo.com",
      batch: 10_000,
      rate: { limit: 45, perSeconds: 4 },
      crm: { key: "email", updateOnly: false },
      secrets: expect.arrayContaining(["klaviyo-key-0123456789"]) as string[],
    });
    expect(() => destinationTo(new FakeKlaviyo(), { batch: 10_001 })).toThrow(
      "must be at most 10000",
    );
    expect(() => destinationTo(new FakeKlaviyo(), { update_only: true })).toThrow(
      "is no choice that Klaviyo gives",
    );
  });
});

describe("a call of Klaviyo", () => {
  it("keeps a job's caps and makes single calls of what is too little for one", () => {
    expect(sizes(9)).toEqual(Array.from({ length: 9 }, () => 1));
    expect(sizes(10)).toEqual([10]);
    expect(sizes(10_002)).toEqual([10_000, 1, 1]);
    expect(sizes(25, 10)).toEqual([10, 10, 1, 1, 1, 1, 1]);
  });

  it("is taken by Klaviyo with the largest profile and the largest job that may be", () => {
    const fields = { big: "tier.name" };
    const vendor = new FakeKlaviyo();
    const adapter = adapterTo(vendor, { fields });
    const empty = itemsOf(adapter, sampleDeliveries(1, { tier: { name: "", order: 1 } }));
    const room = adapter.maxItemBytes - (empty[0]?.json.length ?? 0);
    const tier = { name: "x".repeat(room), order: 1 };
    const { outcomes } = callVendor(vendor, adapter, sampleDeliveries(1, { tier }));
    expect(outcomes).toEqual([{ kind: "delivered", status: 201 }]);

    const [first = []] = chunk(itemsOf(adapter, sampleDeliveries(60, { tier })), adapter);
    expect(first.length).toBe(Math.floor(adapter.maxBytes / (adapter.maxItemBytes + 2)));
    const sent = first.map(({ delivery }) => delivery);
    expect(new Set(callVendor(vendor, adapter, sent).outcomes.map(({ kind }) => kind))).toEqual(
      new Set(["accepted"]),
    );
  });
});
