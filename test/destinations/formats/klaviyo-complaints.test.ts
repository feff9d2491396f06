// Whom a job of Klaviyo refused, as the pages of its import errors tell it.
import { describe, expect, it } from "vitest";
import { klaviyoJobs } from "../../../src/destinations/formats/klaviyo-jobs.ts";
import { answerOf } from "../../support/adapters.ts";

const NO_RESPONSE = { kind: "no_response", reason: "no route" } as const;

const byEmail = klaviyoJobs("https://a.klaviyo.com", {}, "email");
const byExternalId = klaviyoJobs("https://a.klaviyo.com", {}, "external_id");

/** A page of import errors, one for each payload. */
function pageOf(payloads: readonly unknown[], next?: unknown) {
  const words = { code: "invalid", title: "Invalid input", detail: "no good" };
  const data = payloads.map((payload) => ({
    type: "import-error",
    id: "e1",
    attributes: { ...words, source: { pointer: "/data" }, original_payload: payload },
  }));
  return { data, links: { self: "https://a.klaviyo.com/self", next } };
}

const read = (body: unknown, jobs = byEmail) => jobs.readComplaints(answerOf(200, body));

/** One customer in all the ways in which a payload may be written. */
const payloads = (identity: object) => [
  identity,
  { attributes: identity },
  { type: "profile", attributes: { ...identity, properties: {} }, meta: {} },
  { data: { type: "profile", attributes: identity } },
];

describe("a job's complaints", () => {
  it.each(payloads({ email: " Ann@Example.com ", external_id: "a1" }))(
    "name somebody by the address in %j",
    (payload) => {
      const complaints = [{ key: "ann@example.com", error: "invalid: Invalid input: no good" }];
      expect(read(pageOf([payload]))).toEqual({ complaints, next: null });
    },
  );

  it.each(payloads({ email: "ann@example.com", external_id: "Ann-1" }))(
    "name somebody by the id in %j",
    (payload) => {
      const complaints = [{ key: "Ann-1", error: "invalid: Invalid input: no good" }];
      expect(read(pageOf([payload]), byExternalId)).toEqual({ complaints, next: null });
    },
  );

  it.each([
    [null],
    [undefined],
    ["ann@example.com"],
    [[{ email: "ann@example.com" }]],
    [{}],
    [{ email: "" }],
    [{ email: "  " }],
    [{ email: null }],
    [{ email: 7 }],
    [{ external_id: "a1" }],
    [{ attributes: { external_id: "a1" } }],
    [{ data: null }],
  ])("name nobody by %j, and then only the others", (payload) => {
    expect(read(pageOf([payload, { email: "bob@example.com" }]))?.complaints).toEqual([
      { key: "bob@example.com", error: "invalid: Invalid input: no good" },
    ]);
  });

  it("are in what words there are, at most 500 characters of them", () => {
    const errors = [
      { detail: "no good" },
      { code: "invalid", title: null, detail: "x".repeat(1_000) },
      { code: "", source: {} },
    ];
    const data = errors.map((words) => ({
      attributes: { ...words, original_payload: { email: "ann@example.com" } },
    }));
    expect(read({ data })?.complaints.map(({ error }) => error)).toEqual([
      "no good",
      `invalid: ${"x".repeat(491)}`,
      "the import failed, and nothing says why",
    ]);
  });

  it.each([
    ["https://a.klaviyo.com/api/x?page%5Bcursor%5D=bmV4dA%3D%3D", "bmV4dA=="],
    ["https://elsewhere.example.com/?page[cursor]=there&other=1", "there"],
    ["/api/profile-bulk-import-jobs/job-7/import-errors?page[cursor]=relative", "relative"],
    [null, null],
    [undefined, null],
    ["", null],
  ])("go on where %s says", (link, next) => {
    expect(read(pageOf([], link))).toEqual({ complaints: [], next });
  });

  it.each(["https://a.klaviyo.com/api/x", "https://[", "https://a.klaviyo.com/?page[cursor]="])(
    "are not known when there is more behind %s",
    (link) => {
      expect(read(pageOf([{ email: "ann@example.com" }], link))).toBeNull();
    },
  );

  it.each([
    [200, "<html>"],
    [200, ""],
    [200, {}],
    [200, { data: {} }],
    [200, { data: [{}] }],
    [202, pageOf([])],
    [403, pageOf([])],
    [404, pageOf([])],
    [429, ""],
    [500, pageOf([])],
  ])("are not known by a %d with %j", (status, body) => {
    expect(byEmail.readComplaints(answerOf(status, body))).toBeNull();
  });

  it("are not known without an answer", () => {
    expect(byEmail.readComplaints(NO_RESPONSE)).toBeNull();
  });
});
