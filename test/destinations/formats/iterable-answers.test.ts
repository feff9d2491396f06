// Iterable: what each of its answers means.
import { describe, expect, it } from "vitest";
import { callVendor, deliveriesOf, endedBy, kindsOf } from "../../support/crms/calls.ts";
import { testHolds, testRetries } from "../../support/crms/common-answers.ts";
import { FakeIterable } from "../../support/crms/iterable.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery } from "../../support/samples.ts";

const adapter = adapterTo(new FakeIterable());
const byId = adapterTo(new FakeIterable(), { key: "customer_id" });
const one = [sampleDelivery()];
const three = deliveriesOf(3);

const delivered = { kind: "delivered", status: 200 };
const unclear = { kind: "retry", error: expect.stringContaining("does not say"), afterMs: null };
const split = { kind: "split", status: 200, error: expect.stringContaining("HTTP 200: {") };

/** An answer with so many that were updated, and the lists of those that were not. */
function answer(
  successCount: number,
  failCount: number,
  failedUpdates: Readonly<Record<string, unknown>> = {},
) {
  return { successCount, failCount, failedUpdates, createdFields: [], filteredOutFields: [] };
}

describe("Iterable's answer", () => {
  it.each([
    {},
    { failedUpdates: undefined },
    { failedUpdates: null },
    { failedUpdates: { x: [] } },
  ])("has updated everybody where nobody failed: %j", (change) => {
    const body = { ...answer(3, 0), ...change };
    expect(endedBy(adapter, three, 200, body)).toEqual([delivered, delivered, delivered]);
  });

  it.each([
    "invalidEmails",
    "invalidDataEmails",
    "forgottenEmails",
    "conflictEmails",
    "notFoundEmails",
  ])("refuses those in %s, and calls the list by its name", (list) => {
    const lists = { [list]: ["Customer.1@Example.com"], otherEmails: [] };
    expect(endedBy(adapter, three, 200, answer(2, 1, lists))).toEqual([
      delivered,
      { kind: "rejected", status: 200, error: `HTTP 200: ${list}` },
      delivered,
    ]);
  });

  it("refuses those in different lists, each by its own", () => {
    const lists = { invalidDataUserIds: ["customer-0"], forgottenUserIds: ["customer-2"] };
    expect(endedBy(byId, three, 200, answer(1, 2, lists))).toEqual([
      { kind: "rejected", status: 200, error: "HTTP 200: invalidDataUserIds" },
      delivered,
      { kind: "rejected", status: 200, error: "HTTP 200: forgottenUserIds" },
    ]);
  });

  it("tells users' ids that differ by case apart", () => {
    const customer_id = customerIdOf("CUSTOMER-0");
    const deliveries = [...deliveriesOf(1), sampleDelivery({ customer_id })];
    const lists = { invalidDataUserIds: ["CUSTOMER-0"] };
    expect(kindsOf(endedBy(byId, deliveries, 200, answer(1, 1, lists)))).toEqual([
      "delivered",
      "rejected",
    ]);
  });

  it("splits the call where somebody failed who is known by another identity", () => {
    const lists = { invalidDataUserIds: ["customer-2"], invalidEmails: ["customer.1@"] };
    expect(endedBy(byId, three, 200, answer(1, 2, lists))).toEqual([
      split,
      split,
      { kind: "rejected", status: 200, error: "HTTP 200: invalidDataUserIds" },
    ]);
    expect(endedBy(byId, three, 200, answer(2, 1))).toEqual([split, split, split]);
  });

  it("blames one user alone for an address in the fields that is no good", () => {
    const vendor = new FakeIterable();
    const fields = { email: "email", tier: "tier.name" };
    const told = adapterTo(vendor, { key: "customer_id", fields });
    const bad = sampleDelivery({ email: "nobody" });
    const outcomes = [[...three, bad], three, [bad]].map((call) => {
      return kindsOf(callVendor(vendor, told, call).outcomes);
    });
    expect(outcomes).toEqual([
      ["split", "split", "split", "split"],
      ["delivered", "delivered", "delivered"],
      ["split"],
    ]);
  });

  it("leaves those open for whom its counts do not speak", () => {
    for (const body of [answer(2, 0), answer(4, 0), answer(0, 0), answer(3, 1)]) {
      expect(endedBy(adapter, three, 200, body)).toMatchObject([unclear, unclear, unclear]);
    }
    const blamed = { invalidEmails: ["customer.0@example.com"] };
    for (const body of [answer(3, 0, blamed), answer(1, 1, blamed)]) {
      expect(endedBy(adapter, three, 200, body)).toMatchObject([
        { kind: "rejected" },
        unclear,
        unclear,
      ]);
    }
  });

  it("refuses a value of another type than the field's first, and nobody besides", () => {
    const vendor = new FakeIterable();
    const settings = { fields: { level: "attributes.level" } };
    const told = adapterTo(vendor, settings);
    callVendor(vendor, told, deliveriesOf(1, { attributes: { level: 1 } }));
    const [first, second] = deliveriesOf(2, { attributes: { level: 2 } });
    if (first === undefined || second === undefined) throw new Error("two are needed");
    const wrong = sampleDelivery({ ...second.profile, attributes: { level: "high" } });
    const { outcomes } = callVendor(vendor, told, [first, wrong]);
    expect(outcomes).toEqual([
      delivered,
      { kind: "rejected", status: 200, error: "HTTP 200: invalidDataEmails" },
    ]);
  });

  it("splits a call that it refuses as a whole, and refuses one alone", () => {
    const body = { code: "BadJsonBody", msg: "Invalid parameters" };
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
    [200, "{}"],
    [200, "[]"],
    [200, '{"successCount":3}'],
    [200, '{"successCount":"3","failCount":"0"}'],
    [200, '{"successCount":3,"failCount":-0.5}'],
    [200, '{"successCount":3,"failCount":0,"failedUpdates":"no"}'],
    [201, '{"successCount":3,"failCount":0}'],
    [202, '{"successCount":3,"failCount":0}'],
    [204, ""],
  ])("is no evidence as a %d with %j", (status, text) => {
    expect(endedBy(adapter, three, status, text)).toMatchObject(three.map(() => unclear));
  });

  testRetries(adapter, [
    [429, {}, 5_000],
    [429, { "retry-after": "2" }, 2_000],
    [429, { "x-ratelimit-reset": "1767225609", "x-ratelimit-remaining": "0" }, 9_000],
    [408, {}, null],
    [500, {}, null],
    [503, { "retry-after": "5" }, 5_000],
  ]);

  testHolds(adapter, { code: "BadApiKey", msg: "Invalid API key" });
});
