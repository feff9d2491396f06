// Braze: what each of its answers means.
import { describe, expect, it } from "vitest";
import { deliveriesOf, endedBy, kindsOf } from "../../support/crms/calls.ts";
import { testHolds, testRetries } from "../../support/crms/common-answers.ts";
import { FakeBraze } from "../../support/crms/braze.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { sampleDelivery } from "../../support/samples.ts";

const adapter = adapterTo(new FakeBraze());
const one = [sampleDelivery()];
const three = deliveriesOf(3);

const accepted = { kind: "accepted", status: 201, job: null };
const unclear = { kind: "retry", error: expect.stringContaining("does not say"), afterMs: null };
const split = { kind: "split", status: 201, error: expect.stringContaining("HTTP 201: {") };

const rowError = (index: unknown, type: unknown = "'price' is not valid") => {
  return { type, input_array: "attributes", index };
};

describe("Braze's answer", () => {
  it.each([
    [201, { message: "success", attributes_processed: 3 }],
    [200, { message: "success" }],
    [201, { message: "success", errors: [] }],
    [201, { message: "success", errors: null }],
    [202, { message: "queued" }],
    // It counts external ids, and with update_only maybe those that it knows.
    [201, { message: "success", attributes_processed: 0 }],
  ])("has taken everybody as a %d with %j", (status, body) => {
    expect(endedBy(adapter, three, status, body)).toEqual(
      three.map(() => ({ kind: "accepted", status, job: null })),
    );
  });

  it("refuses those that it blames by their index, in its words, and took all others", () => {
    const errors = [rowError(2), rowError(0, null)];
    const body = { message: "success", attributes_processed: 1, errors };
    expect(endedBy(adapter, three, 201, body)).toEqual([
      { kind: "rejected", status: 201, error: "HTTP 201: it was not taken" },
      accepted,
      { kind: "rejected", status: 201, error: "HTTP 201: 'price' is not valid" },
    ]);
  });

  it.each([
    rowError(3),
    rowError(-1),
    rowError("1"),
    rowError(0.5),
    { type: "no" },
    { type: "no", input_array: "events", index: 0 },
    "a minor error",
    null,
  ])("splits the call where an error names nobody in it: %j", (error) => {
    const body = { message: "success", errors: [rowError(1), error] };
    expect(endedBy(adapter, three, 201, body)).toEqual([
      split,
      { kind: "rejected", status: 201, error: "HTTP 201: 'price' is not valid" },
      split,
    ]);
  });

  it("splits a call that it refuses as a whole, and refuses one alone", () => {
    const body = { message: "Valid data must be provided", errors: [rowError(0)] };
    const error = `HTTP 400: ${JSON.stringify(body)}`;
    expect(endedBy(adapter, three, 400, body)).toEqual(
      three.map(() => ({ kind: "split", status: 400, error })),
    );
    expect(endedBy(adapter, one, 400, body)).toEqual([{ kind: "rejected", status: 400, error }]);
    expect(kindsOf(endedBy(adapter, three, 413, "too large"))).toEqual(Array(3).fill("split"));
  });

  it.each([
    [201, ""],
    [201, "success"],
    [201, "{}"],
    [201, "[]"],
    [201, '{"message":"Invalid API Key"}'],
    [201, '{"message":"success","errors":"no"}'],
    [204, ""],
  ])("is no evidence as a %d with %j", (status, text) => {
    expect(endedBy(adapter, three, status, text)).toMatchObject(three.map(() => unclear));
  });

  testRetries(adapter, [
    [429, {}, 3_000],
    [429, { "x-ratelimit-limit": "250000", "x-ratelimit-remaining": "0" }, 3_000],
    [429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1767229200" }, 3_600_000],
    [429, { "retry-after": "2" }, 2_000],
    [408, {}, null],
    [500, {}, null],
    [503, { "retry-after": "5" }, 5_000],
  ]);

  testHolds(adapter, { message: "Invalid API Key" });
});
