// What a call says of its destination, by the outcomes of its deliveries.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../src/destinations/adapter.ts";
import { reportCall } from "../../src/gate/call.ts";

const delivered: Outcome = { kind: "delivered", status: 200 };
const accepted: Outcome = { kind: "accepted", job: null, status: 202 };
const rejected: Outcome = { kind: "rejected", status: 422, error: "HTTP 422: bad phone" };
const split: Outcome = { kind: "split", status: 400, error: "HTTP 400: no" };
const held: Outcome = { kind: "held", status: 401, reason: "the credentials were refused" };
const retry = (afterMs: number | null): Outcome => ({
  kind: "retry",
  status: 503,
  error: "HTTP 503: down",
  afterMs,
});

const measured = { isProbe: false, durationMs: 20, status: 200 };
const reportOf = (...outcomes: Outcome[]) => reportCall(outcomes, measured);

describe("a call", () => {
  it.each([
    ["delivered", [delivered, accepted], "answered", null],
    ["refused one delivery", [delivered, rejected], "answered", "HTTP 422: bad phone"],
    ["refused all deliveries", [rejected, rejected], "answered", "HTTP 422: bad phone"],
    ["is to be split", [split, split], "answered", null],
    ["failed for some", [delivered, retry(null)], "answered", "HTTP 503: down"],
    ["failed for all", [retry(null), retry(null)], "failed", "HTTP 503: down"],
    ["failed with a wish to wait for nothing", [retry(0)], "failed", "HTTP 503: down"],
    ["was asked to wait", [retry(1_000)], "busy", "HTTP 503: down"],
    ["was asked to wait with some", [delivered, retry(1_000)], "busy", "HTTP 503: down"],
    ["was turned away", [rejected, held], "refused", "the credentials were refused"],
  ] as const)("that %s is taken for what it is", (_, outcomes, verdict, error) => {
    expect(reportOf(...outcomes)).toMatchObject({ verdict, error });
  });

  it("waits for the longest wish", () => {
    expect(reportOf(retry(1_000), retry(3_000), retry(null)).waitMs).toBe(3_000);
    expect(reportOf(delivered).waitMs).toBe(0);
  });

  it("counts its deliveries by how they ended, and those not yet that are to be split", () => {
    const report = reportOf(delivered, accepted, rejected, retry(null), held, split);
    expect(report).toMatchObject({ ...measured, succeeded: 2, rejected: 1, failed: 2 });
  });
});
