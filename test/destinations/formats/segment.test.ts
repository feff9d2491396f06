// Segment: the request for each setting, and what each of its answers means.
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import { USER_AGENT } from "../../../src/version.ts";
import { itemsOf } from "../../support/adapters.ts";
import {
  callVendor,
  deliveriesOf,
  endedBy,
  kindsOf,
  sentBy,
  UNKNOWN,
} from "../../support/crms/calls.ts";
import { testHolds, testRetries } from "../../support/crms/common-answers.ts";
import { FakeSegment } from "../../support/crms/segment.ts";
import { adapterTo, destinationTo } from "../../support/crms/vendors.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../../support/samples.ts";

const EVENT_ID = "evt_0123456789abcdef0123456789abcdef";
const LEASE_ID = "01234567-89ab-cdef-0123-456789abcdef";

const adapterWith = (changes: Readonly<Record<string, unknown>> = {}) =>
  adapterTo(new FakeSegment(), changes);
const adapter = adapterWith();
const one = [sampleDelivery()];
const three = deliveriesOf(3);

const unclear = { kind: "retry", error: expect.stringContaining("does not say"), afterMs: null };

describe("a request to Segment", () => {
  it("identifies users by the customer's id, under the event's id and at its time", () => {
    expect(sentBy(adapterWith({ url: undefined }), one)).toEqual({
      method: "POST",
      url: "https://api.segment.io/v1/batch",
      headers: {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        authorization: `Basic ${btoa("segment-write-key-0123456789:")}`,
      },
      body: {
        batch: [
          {
            type: "identify",
            userId: "webhook-test",
            messageId: EVENT_ID,
            timestamp: "2024-11-19T17:34:42.297Z",
            traits: {
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

  it("has all users in their order", () => {
    expect(sentBy(adapter, three).body).toMatchObject({
      batch: [0, 1, 2].map((index) => ({ userId: `customer-${index}`, messageId: `evt_${index}` })),
    });
  });

  it("unsets what is not known", () => {
    const traits = {
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
    expect(body).toMatchObject({ batch: [{ traits }] });
  });

  it("has the fields of the settings and no others, whatever changed", () => {
    const fields = { tier: "tier.name", tags: "attributes.tags" };
    const delivery = {
      ...sampleDelivery({ attributes: { tags: ["a"], city: "x" } }),
      changes: { "tier.name": { from: "gold", to: "basic" } },
    };
    expect(sentBy(adapterWith({ fields }), [delivery]).body).toEqual({
      batch: [expect.objectContaining({ traits: { tier: "basic", tags: '["a"]' } })],
    });
  });

  it.each([
    ["customer_id", "webhook-test"],
    ["gb_customer_id", "1234"],
    ["email", "customer@example.com"],
  ])("knows users by %s", (key, userId) => {
    expect(sentBy(adapterWith({ key }), one).body).toMatchObject({ batch: [{ userId }] });
  });

  it.each([
    ["2024-11-19T17:34:42.000Z", "2024-11-19T17:34:42.000Z"],
    ["2024-11-19T17:34:42.2974Z", "2024-11-19T17:34:42.297Z"],
    ["2024-11-19T17:34:42.2979999Z", "2024-11-19T17:34:42.297Z"],
  ])("gives the time %s in milliseconds", (occurredAt, timestamp) => {
    const { body } = sentBy(adapter, [sampleDelivery({ occurred_at: occurredAt })]);
    expect(body).toMatchObject({ batch: [{ timestamp }] });
  });

  it("has the same id at every attempt, so that Segment takes an event once", () => {
    const attempts = [1, 2].map((attempt) => {
      return { ...sampleDelivery(), attempt, leaseId: `lease-${attempt}` };
    });
    for (const delivery of attempts) {
      expect(sentBy(adapter, [delivery]).body).toMatchObject({ batch: [{ messageId: EVENT_ID }] });
    }
  });

  it("has another id, of less than 100 characters, where an operator wants it sent again", () => {
    const vendor = new FakeSegment();
    callVendor(vendor, adapterTo(vendor), one);
    vendor.contacts.clear();
    callVendor(vendor, adapterTo(vendor), one);
    expect(vendor.contacts.size).toBe(0);

    const again = { ...sampleDelivery(), again: true, leaseId: LEASE_ID };
    const messageId = `${EVENT_ID}-${LEASE_ID}`;
    expect(messageId.length).toBeLessThan(100);
    expect(sentBy(adapter, [again]).body).toMatchObject({ batch: [{ messageId }] });
    callVendor(vendor, adapterTo(vendor), [again]);
    expect(vendor.contacts.size).toBe(1);
  });

  it("goes where the API begins, or to the whole address", () => {
    const url = "https://events.eu1.segmentapis.com";
    for (const given of [url, `${url}/`, `${url}/v1/batch`]) {
      expect(sentBy(adapterWith({ url: given }), one).url).toBe(`${url}/v1/batch`);
    }
  });

  it("takes a header for the credentials", () => {
    const headers = { authorization: "Bearer another", "x-shop": "acme" };
    expect(sentBy(adapterWith({ credentials: undefined, headers }), one).headers).toEqual({
      "content-type": "application/json",
      "user-agent": USER_AGENT,
      ...headers,
    });
  });

  it("has less than 500 KB and events of at most 32 KB, 2,500 or as configured", () => {
    const caps = { maxItems: 2_500, minItems: 1, maxBytes: 499_000, maxItemBytes: 32_000 };
    expect(adapter).toMatchObject(caps);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
    const small = adapterWith({ fields: { a: "tier.order" } });
    const calls = chunk(itemsOf(small, deliveriesOf(2_501)), { ...small, maxBytes: Infinity });
    expect(calls.map((call) => call.length)).toEqual([2_500, 1]);
  });

  it("loses no event at Segment, which drops what is beyond its caps without a word", () => {
    const vendor = new FakeSegment();
    const told = adapterTo(vendor);
    const large = deliveriesOf(40, { referral: { code: "x".repeat(30_000), link: null } });
    for (const given of [large, deliveriesOf(3_000)]) {
      for (const items of chunk(itemsOf(told, given), told)) {
        callVendor(
          vendor,
          told,
          items.map(({ delivery }) => delivery),
        );
      }
    }
    expect(vendor.dropped).toEqual([]);
    expect(vendor.contacts.size).toBe(3_000);
  });

  it("is made at most a hundred times a second", () => {
    expect(destinationTo(new FakeSegment()).rate).toEqual({ limit: 100, perSeconds: 1 });
  });

  it("is made of nobody without the key, and of no notification", () => {
    const byEmail = adapterWith({ key: "email" });
    expect(byEmail.draft(sampleDelivery({ email: null }))).toEqual({
      fault: "the profile has no e-mail address",
    });
    expect(adapter.draft(sampleNotificationDelivery())).toEqual({ fault: "it is no profile" });
  });
});

describe("Segment's answer", () => {
  it("says that everything was taken, and no more", () => {
    for (const body of [{ success: true }, {}]) {
      expect(endedBy(adapter, three, 200, body)).toEqual(
        three.map(() => ({ kind: "accepted", status: 200, job: null })),
      );
    }
  });

  it("splits a call that is refused, and refuses one alone", () => {
    const body = { success: false, message: "malformed JSON" };
    const error = `HTTP 400: ${JSON.stringify(body)}`;
    expect(endedBy(adapter, three, 400, body)).toEqual(
      three.map(() => ({ kind: "split", status: 400, error })),
    );
    expect(endedBy(adapter, one, 400, body)).toEqual([{ kind: "rejected", status: 400, error }]);
    expect(kindsOf(endedBy(adapter, three, 413, "too large"))).toEqual(Array(3).fill("split"));
  });

  it.each([
    [200, ""],
    [200, "ok"],
    [200, "[]"],
    [200, "true"],
    [200, '{"success":false}'],
    [200, '{"success":"true"}'],
    [201, '{"success":true}'],
    [202, '{"success":true}'],
    [204, ""],
  ])("is no evidence as a %d with %j", (status, text) => {
    expect(endedBy(adapter, three, status, text)).toMatchObject(three.map(() => unclear));
  });

  testRetries(adapter, [
    [429, {}, 1_000],
    [429, { "retry-after": "3" }, 3_000],
    [429, { "x-ratelimit-reset": "1767225630" }, 30_000],
    [429, { "retry-after": "3", "x-ratelimit-reset": "1767225630" }, 3_000],
    [408, {}, null],
    [500, {}, null],
    [503, { "retry-after": "5" }, 5_000],
  ]);

  testHolds(adapter, "no");
});
