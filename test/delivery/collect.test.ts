// What becomes of a job that is asked for: what the ledger is told, and whether it is asked for again.
import { afterEach, describe, expect, it, type MockInstance, vi } from "vitest";
import {
  collect,
  complaintsOf,
  jobAt,
  lentJob,
  refuted,
  vendorWithJob,
  withoutPages,
} from "../support/collect.ts";
import { callVendor, NOW } from "../support/crms/calls.ts";
import type { FakeKlaviyo } from "../support/crms/klaviyo.ts";
import { adapterTo } from "../support/crms/vendors.ts";
import { connectionLost } from "../support/relay-in-workerd.ts";
import { sampleDeliveries } from "../support/samples.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The lines of the log. */
function logged(log: MockInstance<typeof console.log>): unknown[] {
  return log.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a job that was asked for", () => {
  it("is kept while it runs", async () => {
    const vendor = vendorWithJob();
    jobAt(vendor).asksLeft = 1;
    expect(await collect(vendor, [lentJob()])).toEqual([["keep", "job-1", null]]);
    expect(await collect(vendor, [lentJob()])).toEqual([["end", "job-1"]]);
  });

  it("is over when it refused nobody", async () => {
    const vendor = vendorWithJob();
    expect(await collect(vendor, [lentJob()])).toEqual([["end", "job-1"]]);
    expect(vendor.calls.map(({ request }) => request.path)).toHaveLength(2);
  });

  it("is over when the ledger knows whom it refused", async () => {
    const vendor = vendorWithJob([2, 7]);
    expect(await collect(vendor, [lentJob()])).toEqual([refuted(vendor, [2, 7]), ["end", "job-1"]]);
  });

  it("names those whom it refused by the destination's key", async () => {
    const settings = { key: "customer_id" };
    const vendor = vendorWithJob([2, 7], { settings });
    const complaints = complaintsOf(vendor, "c2", "c7");
    expect(await collect(vendor, [lentJob()], { settings })).toEqual([
      ["refute", "crm", { job: "job-1", key: "customer_id", complaints }],
      ["end", "job-1"],
    ]);
  });

  it("is told of at once, and asked for once more, while some may not be known to have gone into it", async () => {
    const vendor = vendorWithJob([2]);
    expect(await collect(vendor, [lentJob({ acceptedAt: NOW - 10_000 })])).toEqual([
      refuted(vendor, [2]),
      ["keep", "job-1", null],
    ]);
  });

  it("is over, however young, when it refused nobody", async () => {
    const told = await collect(vendorWithJob(), [lentJob({ acceptedAt: NOW - 10_000 })]);
    expect(told).toEqual([["end", "job-1"]]);
  });
});

describe("a job that is lost", () => {
  it.each([
    ["cancelled", "the job was cancelled"],
    ["unknown", "the job is gone: HTTP 404"],
  ])("since it is %s is done again, once that was said three times", async (how, words) => {
    const vendor = vendorWithJob([2]);
    jobAt(vendor).status = "cancelled";
    if (how === "unknown") vendor.jobs.clear();
    for (const asked of [1, 2]) {
      expect(await collect(vendor, [lentJob({ asked })])).toEqual([["keep", "job-1", null]]);
    }
    expect(await collect(vendor, [lentJob({ asked: 3 })])).toEqual([
      ["redo", "crm", "job-1", expect.stringContaining(words)],
      ["end", "job-1"],
    ]);
  });

  it("is kept while some may not be known to have gone into it", async () => {
    const young = lentJob({ id: "job-9", asked: 3, acceptedAt: NOW - MINUTE_MS });
    expect(await collect(vendorWithJob(), [young])).toEqual([["keep", "job-9", null]]);
  });

  it.each([
    ["runs on", null, "it is still running"],
    [
      "may not be asked for",
      new Response("profiles:read", { status: 403 }),
      "HTTP 403: profiles:read",
    ],
    ["answers with a failure", new Response("", { status: 503 }), "HTTP 503"],
  ])("since it %s for a day is done again", async (_, answer, words) => {
    const vendor = vendorWithJob();
    jobAt(vendor).asksLeft = 10;
    const options = { answer: () => answer?.clone() ?? null };
    const today = lentJob({ acceptedAt: NOW - DAY_MS, asked: 100 });
    // The operator is shown why nobody learns of it.
    const shown = answer && ["report", `nobody learns what became of a job: ${words}`];
    const reported = shown === null ? [] : [shown];
    const kept = ["keep", "job-1", null];
    expect(await collect(vendor, [today], options)).toEqual([...reported, kept]);
    const yesterday = { ...today, acceptedAt: NOW - DAY_MS - 1 };
    const reason = `the job did not end within a day: ${words}`;
    expect(await collect(vendor, [yesterday], options)).toEqual([
      ...reported,
      ["redo", "crm", "job-1", reason],
      ["end", "job-1"],
    ]);
  });

  it("since nobody says whom it refused for a day is done again", async () => {
    const vendor = vendorWithJob([2]);
    const old = lentJob({ acceptedAt: NOW - DAY_MS - 1 });
    expect(await collect(vendor, [old], { answer: withoutPages })).toEqual([
      ["redo", "crm", "job-1", expect.stringContaining("it does not say whom it refused")],
      ["end", "job-1"],
    ]);
  });

  it("since its destination knows no jobs any more is done again", async () => {
    const vendor = vendorWithJob([2]);
    const told = await collect(vendor, [lentJob()], { adapter: { jobs: null } });
    expect(told).toEqual([
      ["redo", "crm", "job-1", "the destination has no jobs any more"],
      ["end", "job-1"],
    ]);
    expect(vendor.calls).toHaveLength(1);
  });
});

/** The operator is shown why nobody learns of a job. */
const REPORTED = ["report", expect.stringMatching(/^nobody learns what became of a job: ./)];

describe("a question that fails", () => {
  it("without an answer is put again", async () => {
    const told = await collect(vendorWithJob(), [lentJob({ asked: 5 })], {
      context: { fetcher: connectionLost },
    });
    expect(told).toEqual([REPORTED, ["keep", "job-1", null]]);
  });

  it.each([
    { kind: "held", status: 401, reason: "the access token was refused" },
    { kind: "retry", status: null, error: "no access token", afterMs: null },
  ] as const)("without an access token ($kind) is put again", async (access) => {
    const client = { tokenUrl: "https://crm.example.com/token", form: {}, scheme: "Bearer" };
    const vendor = vendorWithJob();
    const told = await collect(vendor, [lentJob({ asked: 5 })], {
      destination: { oauth: client },
      context: { accessToken: async () => access },
    });
    expect(told).toEqual([REPORTED, ["keep", "job-1", null]]);
    expect(vendor.calls).toHaveLength(1);
  });
});

describe("several jobs", () => {
  const jobs = Array.from({ length: 3 }, (_, index) => lentJob({ id: `job-${index + 1}` }));
  const ends = jobs.map(({ id }) => ["end", id]);

  /** A vendor with three jobs. */
  function vendorWithJobs(): FakeKlaviyo {
    const vendor = vendorWithJob([2]);
    for (const _ of jobs.slice(1)) callVendor(vendor, adapterTo(vendor), sampleDeliveries(10));
    return vendor;
  }

  it("are asked for until none is due", async () => {
    const [first, ...others] = jobs;
    const vendor = vendorWithJobs();
    const told = await collect(vendor, [first === undefined ? [] : [first], others]);
    expect(told.filter((entry) => String(entry).startsWith("end"))).toEqual(ends);
  });

  it("are left to others once there is no time", async () => {
    const vendor = vendorWithJobs();
    let time = NOW;
    const told = await collect(vendor, jobs, {
      context: { now: () => time },
      tells: (what) => {
        if (what === "end") time += 6_000;
      },
    });
    expect(told.filter((entry) => String(entry).startsWith("end"))).toEqual(ends.slice(0, 2));
  });

  it("do not keep each other from being asked for", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    const told = await collect(vendorWithJobs(), jobs, {
      tells: (what) => {
        if (what === "refute") throw new Error("a partition is out of reach");
      },
    });
    // What the ledger was not told is asked for again, as the job has not ended.
    expect(told).toEqual(ends.slice(1));
    expect(logged(log)).toContainEqual({
      event: "consumer.failed",
      destination: "crm",
      error: "Error",
      at: expect.stringContaining("refute"),
    });
  });

  it("are left alone when the gate is out of reach", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    const lost = connectionLost;
    const gate = { dueJobs: lost, keepJob: lost, endJob: lost, report: lost };
    expect(await collect(vendorWithJobs(), jobs, { context: { gate } })).toEqual([]);
    expect(logged(log)).toEqual([
      {
        event: "consumer.failed",
        destination: "crm",
        error: "Error: Network connection lost",
        at: expect.stringContaining("collectJobs"),
      },
    ]);
  });
});

describe("what is told of a job", () => {
  it("holds no credentials, should the destination repeat them", async () => {
    const vendor = vendorWithJob([2], { words: "klaviyo-key-0123456789 may not" });
    const [told] = await collect(vendor, [lentJob()]);
    expect(JSON.stringify(told)).toContain("*** may not");
    expect(JSON.stringify(told)).not.toContain("klaviyo-key");
  });

  it("is logged without anybody's name", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue();
    await collect(vendorWithJob([2, 7]), [lentJob({ asked: 2 })]);
    expect(logged(log)).toEqual([
      { event: "job.asked", destination: "crm", asked: 2, outcome: "refused", refused: 2 },
    ]);
  });
});
