// Klaviyo's jobs: how one is asked for, and how it stands. Whom it refused is beside this file.
import { describe, expect, it } from "vitest";
import type { Complaint, JobsApi, RequestSpec } from "../../../src/destinations/adapter.ts";
import { answerOf } from "../../support/adapters.ts";
import { callVendor, requestOf } from "../../support/crms/calls.ts";
import { FakeKlaviyo } from "../../support/crms/klaviyo.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { sampleDeliveries } from "../../support/samples.ts";

const NO_RESPONSE = { kind: "no_response", reason: "no route" } as const;

/** How jobs are asked for by a vendor's adapter. */
function jobsOf(vendor: FakeKlaviyo, changes: Readonly<Record<string, unknown>> = {}): JobsApi {
  const { jobs } = adapterTo(vendor, changes);
  if (jobs === null) throw new Error("no jobs may be asked for");
  return jobs;
}

const byDefault = jobsOf(new FakeKlaviyo(), { url: undefined });

/** A job's description. */
function jobWith(attributes: Readonly<Record<string, unknown>>) {
  return { data: { type: "profile-bulk-import-job", id: "job-7", attributes } };
}

/** All complaints about a job of a vendor, page by page. */
function collect(vendor: FakeKlaviyo, jobs: JobsApi, job: string) {
  const specs: RequestSpec[] = [];
  const complaints: Complaint[] = [];
  let next: string | null = null;
  do {
    const spec = jobs.askComplaints(job, next);
    specs.push(spec);
    const { status, body } = vendor.answer(requestOf(spec));
    const page = jobs.readComplaints(answerOf(status, body));
    if (page === null) throw new Error("a page was not understood");
    complaints.push(...page.complaints);
    ({ next } = page);
  } while (next !== null);
  return { specs, complaints };
}

describe("a question about a job", () => {
  it("has the headers of an import", () => {
    const headers = expect.objectContaining({
      accept: "application/vnd.api+json",
      authorization: "Klaviyo-API-Key klaviyo-key-0123456789",
      revision: "2026-07-15",
    }) as object;
    const question = { method: "GET", headers, body: null };
    const url = "https://a.klaviyo.com/api/profile-bulk-import-jobs/job-7";
    expect(byDefault.askStatus("job-7")).toEqual({ ...question, url });
    expect(byDefault.askComplaints("job-7", null)).toEqual({
      ...question,
      url: `${url}/import-errors?page%5Bsize%5D=100`,
    });
    expect(byDefault.askComplaints("job-7", "a&b=c")).toEqual({
      ...question,
      url: `${url}/import-errors?page%5Bsize%5D=100&page%5Bcursor%5D=a%26b%3Dc`,
    });
  });

  it("goes where the API is said to begin, whatever the job is called", () => {
    const url = "https://proxy.example.com/klaviyo/";
    const jobs = jobsOf(new FakeKlaviyo(), { url, headers: { revision: "2027-01-15" } });
    const { headers, url: address } = jobs.askStatus("a/b?c");
    expect(headers["revision"]).toBe("2027-01-15");
    const begin = "https://proxy.example.com/klaviyo/api/profile-bulk-import-jobs";
    expect(address).toBe(`${begin}/a%2Fb%3Fc`);
    expect(jobs.askComplaints("a/b", null).url).toBe(
      `${begin}/a%2Fb/import-errors?page%5Bsize%5D=100`,
    );
  });
});

describe("a job's status", () => {
  it.each(["queued", "processing"])("%s is running", (status) => {
    const answer = answerOf(200, jobWith({ status, failed_count: 3 }));
    expect(byDefault.readStatus(answer)).toEqual({ kind: "running" });
  });

  it.each([
    [0, false],
    [null, false],
    [undefined, false],
    [1, true],
    [10_000, true],
  ])("complete with %s failed is finished, with errors: %s", (failed_count, hasErrors) => {
    const answer = answerOf(200, jobWith({ status: "complete", failed_count }));
    expect(byDefault.readStatus(answer)).toEqual({ kind: "finished", hasErrors });
  });

  it("cancelled is lost", () => {
    const answer = answerOf(200, jobWith({ status: "cancelled" }));
    expect(byDefault.readStatus(answer)).toEqual({ kind: "lost", reason: "the job was cancelled" });
  });

  it("of a job that is not known is lost", () => {
    const reason = "the job is gone: HTTP 404: no such job";
    expect(byDefault.readStatus(answerOf(404, "no such job"))).toEqual({ kind: "lost", reason });
  });

  it.each([
    ["another status", 200, jobWith({ status: "failed" })],
    ["no status", 200, jobWith({})],
    ["no attributes", 200, { data: { id: "job-7" } }],
    ["a count that is none", 200, jobWith({ status: "complete", failed_count: "3" })],
    ["a page", 200, "<html>"],
    ["nothing", 200, ""],
    ["a job, in a wrong answer", 202, jobWith({ status: "complete" })],
    ["a refusal of the key", 401, jobWith({ status: "complete" })],
    ["a lack of scopes", 403, "profiles:read"],
    ["too many questions", 429, ""],
    ["a failure", 503, jobWith({ status: "complete" })],
  ])("with %s is unclear", (_, status, body) => {
    const found = byDefault.readStatus(answerOf(status, body));
    expect(found).toMatchObject({ kind: "unclear", reason: expect.stringMatching(/^HTTP \d{3}/) });
  });

  it("without an answer is unclear", () => {
    expect(byDefault.readStatus(NO_RESPONSE)).toEqual({ kind: "unclear", reason: "no route" });
  });
});

describe("a job at Klaviyo", () => {
  it("runs, completes, and tells of each that it refused, a hundred at a time", () => {
    const vendor = new FakeKlaviyo();
    vendor.runsFor = 2;
    const refused = Array.from({ length: 230 }, (_, index) => `c${index * 2}@example.com`);
    for (const key of refused) vendor.refuse(key);
    const [outcome] = callVendor(vendor, adapterTo(vendor), sampleDeliveries(500)).outcomes;
    const job = outcome?.kind === "accepted" ? (outcome.job ?? "") : "";
    const jobs = jobsOf(vendor);
    const ask = () => {
      const { status, body } = vendor.answer(requestOf(jobs.askStatus(job)));
      return jobs.readStatus(answerOf(status, body));
    };
    expect([ask(), ask(), ask(), ask()]).toEqual([
      { kind: "running" },
      { kind: "running" },
      { kind: "finished", hasErrors: true },
      { kind: "finished", hasErrors: true },
    ]);
    const { specs, complaints } = collect(vendor, jobs, job);
    expect(specs).toHaveLength(3);
    for (const { url } of specs) expect(new URL(url).origin).toBe(vendor.url);
    const error = `invalid: Invalid input: ${vendor.words}`;
    expect(complaints).toEqual(refused.map((key) => ({ key, error })));
  });

  it("that refused nobody has no errors", () => {
    const vendor = new FakeKlaviyo();
    callVendor(vendor, adapterTo(vendor), sampleDeliveries(10));
    const jobs = jobsOf(vendor);
    const { status, body } = vendor.answer(requestOf(jobs.askStatus("job-1")));
    const finished = { kind: "finished", hasErrors: false };
    expect(jobs.readStatus(answerOf(status, body))).toEqual(finished);
    expect(collect(vendor, jobs, "job-1").complaints).toEqual([]);
  });

  it("that is not known is lost", () => {
    const vendor = new FakeKlaviyo();
    const jobs = jobsOf(vendor);
    const { status, body } = vendor.answer(requestOf(jobs.askStatus("job-1")));
    expect(jobs.readStatus(answerOf(status, body))).toMatchObject({ kind: "lost" });
  });
});
