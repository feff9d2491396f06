// Whom a job refused is read page by page, as far as there is time, and then from there on.
import { describe, expect, it } from "vitest";
import { collect, lentJob, refuted, vendorWithJob, withoutPages } from "../support/collect.ts";
import { NOW } from "../support/crms/calls.ts";

/** Customers on three pages. */
const MANY = Array.from({ length: 250 }, (_, index) => index);

describe("a job that refused many", () => {
  it("is asked for all pages of what it refused", async () => {
    const vendor = vendorWithJob(MANY, { count: 300 });
    expect(await collect(vendor, [lentJob()])).toEqual([refuted(vendor, MANY), ["end", "job-1"]]);
  });

  it("is kept where it is, and nobody refused, when it does not say whom", async () => {
    const told = await collect(vendorWithJob([2]), [lentJob({ next: "100" })], {
      answer: withoutPages,
    });
    expect(told).toEqual([["keep", "job-1", "100"]]);
  });

  it("goes on later at the page that could not be read", async () => {
    const vendor = vendorWithJob(MANY, { count: 300 });
    const told = await collect(vendor, [lentJob()], {
      answer: ({ url }) => (url.endsWith("D=200") ? new Response("", { status: 429 }) : null),
    });
    expect(told).toEqual([refuted(vendor, MANY.slice(0, 200)), ["keep", "job-1", "200"]]);
    expect(await collect(vendor, [lentJob({ next: "200" })])).toEqual([
      refuted(vendor, MANY.slice(200)),
      ["end", "job-1"],
    ]);
  });

  it("goes on later where there was no time for all pages", async () => {
    const vendor = vendorWithJob(MANY, { count: 300 });
    let time = NOW;
    const told = await collect(vendor, [lentJob()], {
      context: { now: () => time },
      answer: () => {
        time += 6_000;
        return null;
      },
    });
    expect(told).toEqual([refuted(vendor, MANY.slice(0, 100)), ["keep", "job-1", "100"]]);
  });

  it("goes on later where there are more than 40 pages", async () => {
    const refused = Array.from({ length: 4_150 }, (_, index) => index);
    const vendor = vendorWithJob(refused, { count: 4_200 });
    const told = await collect(vendor, [lentJob()]);
    expect(told).toEqual([refuted(vendor, refused.slice(0, 4_000)), ["keep", "job-1", "4000"]]);
  });

  it("begins again while some may not be known to have gone into it", async () => {
    const vendor = vendorWithJob(MANY, { count: 300 });
    const told = await collect(vendor, [lentJob({ acceptedAt: NOW - 10_000 })], {
      answer: ({ url }) => (url.endsWith("D=200") ? new Response("", { status: 429 }) : null),
    });
    expect(told).toEqual([refuted(vendor, MANY.slice(0, 200)), ["keep", "job-1", null]]);
  });
});
