// Customer.io: what each of its answers means.
import { describe, expect, it } from "vitest";
import { deliveriesOf, endedBy, kindsOf } from "../../support/crms/calls.ts";
import { testHolds, testRetries } from "../../support/crms/common-answers.ts";
import { FakeCustomerIo } from "../../support/crms/customerio.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { sampleDelivery } from "../../support/samples.ts";

const adapter = adapterTo(new FakeCustomerIo());
const one = [sampleDelivery()];
const three = deliveriesOf(3);

const delivered = (status: number) => ({ kind: "delivered", status });
const unclear = { kind: "retry", error: expect.stringContaining("does not say"), afterMs: null };

describe("Customer.io's answer", () => {
  it.each(["{}", "", " \n", '{"errors":[]}', '{"more":1}'])(
    "has taken everybody as a 200 with %j",
    (text) => {
      expect(endedBy(adapter, three, 200, text)).toEqual(three.map(() => delivered(200)));
    },
  );

  it("refuses those that it blames by their index, in its words, and took all others", () => {
    const errors = [
      { batch_index: 2, reason: "invalid", field: "attributes", message: "a name is too long" },
      { batch_index: 0, reason: "required", field: null },
    ];
    expect(endedBy(adapter, three, 207, { errors })).toEqual([
      { kind: "rejected", status: 207, error: "HTTP 207: required" },
      delivered(207),
      {
        kind: "rejected",
        status: 207,
        error: "HTTP 207: invalid: attributes: a name is too long",
      },
    ]);
  });

  it.each([
    {},
    { batch_index: null },
    { batch_index: 3 },
    { batch_index: -1 },
    { batch_index: 0.5 },
  ])("splits the call where an error names nobody in it: %j", (place) => {
    const errors = [
      { batch_index: 1, reason: "invalid" },
      { ...place, reason: "required" },
    ];
    expect(endedBy(adapter, three, 207, { errors })).toEqual([
      { kind: "split", status: 207, error: expect.stringContaining("required") },
      { kind: "rejected", status: 207, error: "HTTP 207: invalid" },
      { kind: "split", status: 207, error: expect.stringContaining("required") },
    ]);
  });

  it("splits a call that it cannot read, and refuses one alone", () => {
    const body = { errors: [{ reason: "malformed" }] };
    const error = `HTTP 400: ${JSON.stringify(body)}`;
    expect(endedBy(adapter, three, 400, body)).toEqual(
      three.map(() => ({ kind: "split", status: 400, error })),
    );
    expect(endedBy(adapter, one, 400, body)).toEqual([{ kind: "rejected", status: 400, error }]);
    expect(kindsOf(endedBy(adapter, three, 413, "too large"))).toEqual(Array(3).fill("split"));
  });

  it.each([
    [207, "{}"],
    [207, ""],
    [207, '{"errors":[]}'],
    [207, '{"errors":{}}'],
    [207, '{"errors":[{"batch_index":"1"}]}'],
    [200, "ok"],
    [200, "<html>"],
    [200, "null"],
    [200, "[]"],
    [200, '{"errors":"no"}'],
    [201, "{}"],
    [202, "{}"],
    [204, ""],
  ])("is no evidence as a %d with %j", (status, text) => {
    expect(endedBy(adapter, three, status, text)).toMatchObject(three.map(() => unclear));
  });

  testRetries(adapter, [
    [429, {}, 1_000],
    [429, { "retry-after": "17" }, 17_000],
    [429, { "x-ratelimit-reset": "1767225605", "x-ratelimit-remaining": "0" }, 5_000],
    [408, {}, null],
    [500, {}, null],
    [502, {}, null],
    [503, { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, 60_000],
    [504, {}, null],
    [522, {}, null],
    [524, {}, null],
  ]);

  testHolds(adapter, { meta: { error: "Unauthorized request" } });
});
