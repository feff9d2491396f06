// HubSpot: what each of its answers means.
import { describe, expect, it } from "vitest";
import { callVendor, deliveriesOf, endedBy, kindsOf } from "../../support/crms/calls.ts";
import { testRetries } from "../../support/crms/common-answers.ts";
import { FakeHubSpot } from "../../support/crms/hubspot.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery } from "../../support/samples.ts";

const adapter = adapterTo(new FakeHubSpot());
const one = [sampleDelivery()];
const three = deliveriesOf(3);

/** A result as HubSpot gives one for `deliveriesOf`, its address in lower case. */
const result = (index: number, more: object = { objectWriteTraceId: `evt_${index}` }) => ({
  id: `${index}`,
  properties: { email: `customer.${index}@example.com` },
  ...more,
});
const rowError = (index: number, category: string, message: string) => ({
  status: "error",
  category,
  message,
  context: { objectWriteTraceId: [`evt_${index}`] },
});

const delivered = (status = 200) => ({ kind: "delivered", status });
/** How a field that HubSpot lacks ends. */
const missing = (status: number, error: string) => ({
  kind: "held",
  status,
  reason: `fields are missing, npm run crm:setup -- crm creates them: HTTP ${status}: ${error}`,
});
const unclear = { kind: "retry", error: expect.stringContaining("does not say"), afterMs: null };

describe("HubSpot's answer", () => {
  it("tells of each contact by its trace id, in any order", () => {
    const body = { status: "COMPLETE", results: [2, 0, 1].map((index) => result(index)) };
    expect(endedBy(adapter, three, 200, body)).toEqual([delivered(), delivered(), delivered()]);
  });

  it("tells of each contact by its address where it has no trace ids", () => {
    const results = [result(2, {}), result(0, {})];
    expect(endedBy(adapter, three, 200, { results })).toMatchObject([
      delivered(),
      { ...unclear, status: 200 },
      delivered(),
    ]);
  });

  it("tells customers' ids that differ by case apart", () => {
    const byId = adapterTo(new FakeHubSpot(), { key: "customer_id" });
    const [first, second] = deliveriesOf(2);
    if (first === undefined || second === undefined) throw new Error("two are needed");
    const upper = sampleDelivery({ ...second.profile, customer_id: customerIdOf("CUSTOMER-0") });
    const kinds = ["customer-0", "CUSTOMER-0"].map((key) => {
      const results = [{ id: "1", properties: { gameball_customer_id: key } }];
      return kindsOf(endedBy(byId, [first, upper], 200, { results }));
    });
    expect(kinds).toEqual([
      ["delivered", "retry"],
      ["retry", "delivered"],
    ]);
  });

  it("is believed by the number of its results where it names none", () => {
    const nameless = { id: "1", properties: {} };
    const full = { results: [nameless, nameless, nameless] };
    expect(kindsOf(endedBy(adapter, three, 200, full))).toEqual(Array(3).fill("delivered"));
    const short = { results: [nameless, nameless] };
    expect(endedBy(adapter, three, 200, short)).toMatchObject([unclear, unclear, unclear]);
  });

  it("is not believed by the number of its results where it names somebody else", () => {
    const results = [result(0), result(1), result(9)];
    expect(endedBy(adapter, three, 200, { results })).toMatchObject([
      delivered(),
      delivered(),
      unclear,
    ]);
  });

  it("refuses those that it blames, in its words", () => {
    const errors = [rowError(1, "VALIDATION_ERROR", "Email address x is invalid")];
    const body = { results: [result(2), result(0)], numErrors: 1, errors };
    expect(endedBy(adapter, three, 207, body)).toEqual([
      delivered(207),
      {
        kind: "rejected",
        status: 207,
        error: "HTTP 207: VALIDATION_ERROR: Email address x is invalid",
      },
      delivered(207),
    ]);
  });

  it.each(["RATE_LIMITS", "INTERNAL_ERROR", "TIMEOUT", "OBJECT_LOCKED"])(
    "tries a contact again after %s",
    (category) => {
      const body = { results: [result(0), result(2)], errors: [rowError(1, category, "later")] };
      expect(endedBy(adapter, three, 207, body)).toEqual([
        delivered(207),
        { kind: "retry", status: 207, error: `HTTP 207: ${category}: later`, afterMs: null },
        delivered(207),
      ]);
    },
  );

  it("leaves those open whom it neither lists nor blames", () => {
    const errors = [{ category: "VALIDATION_ERROR", message: "somebody is wrong", context: null }];
    expect(endedBy(adapter, three, 207, { results: [result(0)], errors })).toMatchObject([
      delivered(207),
      unclear,
      unclear,
    ]);
    expect(kindsOf(endedBy(adapter, three, 200, { results: [], errors: null }))).toEqual(
      Array(3).fill("retry"),
    );
  });

  it("holds the destination where a field is missing, which fails everybody", () => {
    const words = '[{"name":"gameball_tier_name","error":"PROPERTY_DOESNT_EXIST"}]';
    const errors = [0, 1, 2].map((index) => rowError(index, "VALIDATION_ERROR", words));
    expect(endedBy(adapter, three, 207, { results: [], errors })).toEqual(
      three.map(() => missing(207, `VALIDATION_ERROR: ${words}`)),
    );
    // Whoever is refused for another reason as well as they is refused.
    const invalid = rowError(2, "VALIDATION_ERROR", "Email address x is invalid");
    const mixed = { results: [], errors: [...errors.slice(0, 2), invalid] };
    expect(endedBy(adapter, three, 207, mixed)).toEqual([
      missing(207, `VALIDATION_ERROR: ${words}`),
      missing(207, `VALIDATION_ERROR: ${words}`),
      expect.objectContaining({ kind: "rejected" }),
    ]);
    // What others got through with is no fault of the account.
    const [first = {}] = errors;
    expect(
      endedBy(adapter, three, 207, { results: [result(1), result(2)], errors: [first] }),
    ).toEqual([
      expect.objectContaining({ kind: "rejected", error: expect.stringContaining(words) }),
      delivered(207),
      delivered(207),
    ]);
    for (const deliveries of [three, one]) {
      const refused = { status: "error", category: "VALIDATION_ERROR", message: words };
      expect(endedBy(adapter, deliveries, 400, refused)).toEqual(
        deliveries.map(() => missing(400, JSON.stringify(refused))),
      );
    }
  });

  it("holds a destination whose account has none of the fields", () => {
    const vendor = new FakeHubSpot([]);
    const { outcomes } = callVendor(vendor, adapterTo(vendor), three);
    expect(kindsOf(outcomes)).toEqual(["held", "held", "held"]);
    expect(vendor.contacts.size).toBe(0);
  });

  it("splits a call that it refuses as a whole, and refuses one alone", () => {
    const words = "Duplicate IDs found in batch input";
    const body = { status: "error", category: "VALIDATION_ERROR", message: words };
    const error = expect.stringContaining(words);
    expect(endedBy(adapter, three, 400, body)).toEqual(
      three.map(() => ({ kind: "split", status: 400, error })),
    );
    expect(endedBy(adapter, one, 400, body)).toEqual([{ kind: "rejected", status: 400, error }]);
  });

  it.each([
    ["TEN_SECONDLY_ROLLING", {}, 10_000],
    ["DAILY", {}, 900_000],
    ["DAILY", { "retry-after": "7" }, 7_000],
    ["TEN_SECONDLY_ROLLING", { "retry-after": "0" }, 0],
  ])("asks everybody to wait after a 429 of %s with %j", (policyName, headers, afterMs) => {
    const body = { status: "error", errorType: "RATE_LIMIT", policyName };
    expect(endedBy(adapter, three, 429, body, headers)).toEqual(
      three.map(() => ({
        kind: "retry",
        status: 429,
        error: `HTTP 429: ${JSON.stringify(body)}`,
        afterMs,
      })),
    );
  });

  testRetries(adapter, [
    [423, {}, 2_000],
    [423, { "retry-after": "1" }, 2_000],
    [423, { "retry-after": "30" }, 30_000],
    [477, { "retry-after": "86000" }, 86_000_000],
    [477, {}, null],
    [500, {}, null],
    [502, {}, null],
    [503, { "retry-after": "5" }, 5_000],
    [504, {}, null],
    [521, {}, null],
    [523, {}, null],
    [524, {}, null],
  ]);

  it.each([
    [401, "INVALID_AUTHENTICATION", "the credentials were refused"],
    [403, "MISSING_SCOPES", "the credentials were refused"],
    [404, "OBJECT_NOT_FOUND", "the endpoint is gone"],
  ])("holds the destination after a %d", (status, category, why) => {
    const body = { status: "error", category };
    const reason = `${why}: HTTP ${status}: ${JSON.stringify(body)}`;
    expect(endedBy(adapter, three, status, body)).toEqual(
      three.map(() => ({ kind: "held", status, reason })),
    );
  });

  it.each(["", "ok", "<html>", "null", "[]", "{}", '{"results":{}}', '{"results":[{"id":1}]}'])(
    "is no evidence as a 200 with %j",
    (text) => {
      expect(endedBy(adapter, three, 200, text)).toMatchObject([unclear, unclear, unclear]);
    },
  );
});
