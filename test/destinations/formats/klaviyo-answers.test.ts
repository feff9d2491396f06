// Klaviyo's adapter: what each answer means for those who were sent.
import { describe, expect, it } from "vitest";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import { callVendor, NOW } from "../../support/crms/calls.ts";
import { FakeKlaviyo } from "../../support/crms/klaviyo.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { sampleDeliveries } from "../../support/samples.ts";

const klaviyo = adapterTo(new FakeKlaviyo());
const one = itemsOf(klaviyo, sampleDeliveries(1));
const three = itemsOf(klaviyo, sampleDeliveries(3));

/** What the items' outcomes are to an answer. */
function read(items: typeof one, ...answer: Parameters<typeof answerOf>) {
  return klaviyo.outcomes(answerOf(...answer), items, { now: NOW });
}

/** An error of a request, pointing somewhere. */
function errorAt(pointer: string, detail = "a phone number is no good") {
  return {
    id: "e1",
    status: 400,
    code: "invalid",
    title: "Invalid input.",
    detail,
    source: { pointer },
  };
}

const ROWS = "/data/attributes/profiles/data";
const JOB = {
  data: { type: "profile-bulk-import-job", id: "job-7", attributes: { status: "queued" } },
};
const PROFILE = { data: { type: "profile", id: "01GDDK" } };

describe("an answer of Klaviyo", () => {
  it("accepts a job, which may be asked for", () => {
    const accepted = { kind: "accepted", status: 202, job: "job-7" };
    expect(read(three, 202, JOB)).toEqual([accepted, accepted, accepted]);
  });

  it.each([200, 201])("says by %d that a profile is written", (status) => {
    expect(read(one, status, PROFILE)).toEqual([{ kind: "delivered", status }]);
  });

  it.each([
    ["a job without an id", three, 202, { data: { type: "profile-bulk-import-job" } }],
    ["a job with an empty id", three, 202, { data: { id: "" } }],
    ["a job whose id is a number", three, 202, { data: { id: 7 } }],
    ["no job", three, 202, ""],
    ["a job that is said to be done", three, 200, JOB],
    ["a job that is said to be made", three, 201, JOB],
    ["a list of jobs", three, 202, { data: [JOB.data] }],
    ["a page", three, 202, "<html>welcome</html>"],
    ["nothing", one, 204, ""],
    ["a profile without an id", one, 200, { data: { type: "profile" } }],
    ["an empty object", one, 200, {}],
    ["a profile that is put off", one, 202, PROFILE],
    ["a part of a profile", one, 206, PROFILE],
  ])("that is %s proves nothing", (_, items, status, body) => {
    for (const outcome of read(items, status, body)) {
      expect(outcome).toMatchObject({ kind: "retry", status, afterMs: null });
      expect(outcome).toHaveProperty(
        "error",
        expect.stringContaining("(the answer does not say what became of it)"),
      );
    }
  });

  it("refuses those whom an error points to, and has the others sent without them", () => {
    const errors = [
      errorAt(`${ROWS}/0/attributes/phone_number`),
      errorAt(`${ROWS}/2`, "an address is no good"),
      errorAt(`${ROWS}/2/attributes`, "nor is its name"),
    ];
    const [first, second, third] = read(three, 400, { errors });
    expect(first).toEqual({
      kind: "rejected",
      status: 400,
      error: "HTTP 400: invalid: Invalid input.: a phone number is no good",
    });
    expect(second).toMatchObject({ kind: "split", status: 400 });
    expect(third).toEqual({
      kind: "rejected",
      status: 400,
      error:
        "HTTP 400: invalid: Invalid input.: an address is no good; invalid: Invalid input.: nor is its name",
    });
  });

  it.each([
    ["at the whole", "/data"],
    ["at all profiles", ROWS],
    ["at nobody who was sent", `${ROWS}/3`],
    ["at no number", `${ROWS}/-1/attributes`],
    ["at a number like another", `${ROWS}/00`],
    ["elsewhere", "/data/attributes/lists/data/1"],
    ["nowhere", ""],
  ])("that points %s blames nobody", (_, pointer) => {
    const kinds = read(three, 400, { errors: [errorAt(pointer)] }).map(({ kind }) => kind);
    expect(kinds).toEqual(["split", "split", "split"]);
  });

  it.each([
    ["no pointer", { errors: [{ code: "invalid" }] }],
    ["a null for a source", { errors: [{ code: "invalid", source: null }] }],
    ["no errors", { errors: [] }],
    ["something else", { message: "no" }],
    ["a page", "<html>no</html>"],
    ["nothing", ""],
  ])("with %s blames nobody", (_, body) => {
    expect(read(three, 400, body).map(({ kind }) => kind)).toEqual(["split", "split", "split"]);
  });

  it.each([
    [409, "duplicate_profile", "A profile already exists with one of these identifiers."],
    [413, "payload_too_large", "at most 100 KB"],
    [400, "invalid", "Invalid email address"],
  ])("refuses a single profile by %d in Klaviyo's words", (status, code, detail) => {
    const errors = [{ ...errorAt("/data/attributes/email", detail), code }];
    const error = `HTTP ${status}: ${code}: Invalid input.: ${detail}`;
    expect(read(one, status, { errors })).toEqual([{ kind: "rejected", status, error }]);
  });

  it("refuses a single profile by whatever was said", () => {
    expect(read(one, 422, "no")).toEqual([
      { kind: "rejected", status: 422, error: "HTTP 422: no" },
    ]);
    expect(read(one, 400, { errors: [] })).toMatchObject([{ kind: "rejected", status: 400 }]);
  });

  it.each([
    ["the Retry-After", { "retry-after": "7" }, 7_000],
    ["the rate's reset", { "ratelimit-remaining": "0", "ratelimit-reset": "42" }, 42_000],
    ["ten seconds otherwise", {}, 10_000],
  ])("waits %s where there were too many calls", (_, headers, afterMs) => {
    const errors = [{ ...errorAt(`${ROWS}/0`, "Request was throttled."), code: "throttled" }];
    for (const items of [one, three]) {
      for (const outcome of read(items, 429, { errors }, headers)) {
        expect(outcome).toMatchObject({ kind: "retry", status: 429, afterMs });
      }
    }
  });

  it.each([401, 403, 404, 410])("holds everybody after a %d, whomever it points to", (status) => {
    const outcomes = read(three, status, { errors: [errorAt(`${ROWS}/1`)] });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["held", "held", "held"]);
  });

  it.each([408, 500, 502, 503, 504])("tries again after a %d", (status) => {
    const outcomes = read(three, status, { errors: [errorAt(`${ROWS}/1`)] });
    expect(outcomes.map(({ kind }) => kind)).toEqual(["retry", "retry", "retry"]);
  });
});

describe("a job that Klaviyo refuses for the sake of some", () => {
  it("is made again of the others alone", () => {
    const vendor = new FakeKlaviyo();
    vendor.isStrict = true;
    vendor.refuse("c3@example.com");
    vendor.refuse("c11@example.com");
    const adapter = adapterTo(vendor);
    const given = sampleDeliveries(12);
    const { outcomes } = callVendor(vendor, adapter, given);
    expect(vendor.contacts.size).toBe(0);
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds).toEqual(
      given.map((_, index) => ([3, 11].includes(index) ? "rejected" : "split")),
    );
    const others = given.filter((_, index) => kinds[index] === "split");
    const again = callVendor(vendor, adapter, others);
    expect(new Set(again.outcomes.map(({ kind }) => kind))).toEqual(new Set(["accepted"]));
    expect(vendor.contacts.size).toBe(10);
  });
});
