// When a job is asked for, and when it is given up.
import { describe, expect, it } from "vitest";
import {
  acceptJob,
  isLost,
  isSettled,
  isStuck,
  type Job,
  keepJob,
  lendJob,
} from "../../src/gate/jobs.ts";
import { LEASE_MS } from "../../src/ledger/policy.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const accepted = acceptJob("job-7", NOW);

/** A job that was asked for so often. */
function asked(times: number): Job {
  return { ...accepted, asked: times };
}

describe("a job", () => {
  it("is asked for first ten seconds after it was accepted", () => {
    expect(accepted).toEqual({
      id: "job-7",
      acceptedAt: NOW,
      askAt: NOW + 10_000,
      asked: 0,
      next: null,
    });
  });

  it("is lent for a minute, and has been asked for by then", () => {
    const lent = lendJob(lendJob(accepted, NOW + 10_000), NOW + 90_000);
    expect(lent).toEqual({ ...accepted, askAt: NOW + 90_000 + MINUTE_MS, asked: 2 });
  });

  it("is asked for ever more seldom while it runs, but every ten minutes at least", () => {
    let job = accepted;
    const waits = Array.from({ length: 9 }, () => {
      const now = job.askAt;
      job = keepJob(lendJob(job, now), null, now);
      return (job.askAt - now) / 1000;
    });
    expect(waits).toEqual([20, 40, 80, 160, 320, 600, 600, 600, 600]);
    expect(keepJob(asked(5_000), null, NOW).askAt).toBe(NOW + 10 * MINUTE_MS);
    expect(keepJob(asked(4), null, NOW)).toEqual({ ...asked(4), askAt: NOW + 160_000 });
  });

  it("is asked for soon where it has more to say, and as usual where it says no more than before", () => {
    const first = keepJob(asked(6), "page 2", NOW);
    expect(first).toEqual({ ...asked(6), next: "page 2", askAt: NOW + 10_000 });
    expect(keepJob(first, "page 3", NOW)).toEqual({ ...first, next: "page 3" });
    expect(keepJob(first, "page 2", NOW)).toEqual({ ...first, askAt: NOW + 10 * MINUTE_MS });
    expect(keepJob(first, null, NOW)).toMatchObject({ next: null, askAt: NOW + 10 * MINUTE_MS });
  });

  it("is settled once the leases of those who went into it are over", () => {
    expect(isSettled(accepted, NOW + LEASE_MS)).toBe(false);
    expect(isSettled(accepted, NOW + LEASE_MS + 1)).toBe(true);
  });

  it("is lost when it was not known three times, and everybody knows of it", () => {
    const later = NOW + LEASE_MS + 1;
    expect([0, 1, 2, 3, 4].map((times) => isLost(asked(times), later))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(isLost(asked(3), later - 1)).toBe(false);
  });

  it("is stuck after a day, however seldom it was asked for", () => {
    expect(isStuck(accepted, NOW + 24 * HOUR_MS)).toBe(false);
    expect(isStuck(accepted, NOW + 24 * HOUR_MS + 1)).toBe(true);
  });
});
