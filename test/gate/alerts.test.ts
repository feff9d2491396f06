// What an operator is alerted to: transitions, each of them once.
import { describe, expect, it } from "vitest";
import { tellBacklog, tellDeadLetter, transitionAlert, UNTOLD } from "../../src/gate/alerts.ts";
import {
  after,
  answered,
  asked,
  asProbe,
  busy,
  failed,
  refused,
  reported,
  type Step,
  times,
} from "../support/gate.ts";

const NOW = 1_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const about = { destination: "acme-crm", at: NOW };

const broken = reported(NOW, ...times(5, failed));
const held = reported(NOW, refused);
const probe = asked(NOW + 30_000);

/** The alert of the last step. */
function alertOf(...steps: readonly Step[]) {
  return transitionAlert(after(...steps.slice(0, -1)).latch, after(...steps).latch, about);
}

describe("an alert", () => {
  it("is sent when the breaker opens, and says when it is tried next", () => {
    expect(alertOf(broken)).toEqual({
      ...about,
      kind: "breaker_opened",
      reason: "5 calls in a row failed: HTTP 503: down",
      nextAttemptAt: NOW + 30_000,
    });
  });

  it("is sent when the destination is held", () => {
    expect(alertOf(held)).toMatchObject({ kind: "held", reason: refused.error });
  });

  it("is not sent for failures that open nothing, nor for a wish to wait", () => {
    expect(alertOf(reported(NOW, failed, failed))).toBeNull();
    expect(alertOf(reported(NOW, busy(MINUTE_MS)))).toBeNull();
    expect(alertOf(reported(NOW, answered))).toBeNull();
  });

  it("is not sent again for a probe, whether it goes out or fails", () => {
    expect(alertOf(broken, probe)).toBeNull();
    expect(alertOf(broken, probe, reported(NOW + 31_000, asProbe(failed)))).toBeNull();
    expect(alertOf(held, probe, reported(NOW + 31_000, asProbe(refused)))).toBeNull();
  });

  it("is sent when it turns out that the credentials are what is wrong", () => {
    const refusedProbe = reported(NOW + 31_000, asProbe(refused));
    expect(alertOf(broken, probe, refusedProbe)).toMatchObject({ kind: "held" });
  });

  it("is sent when the destination is well again, with since when it was not", () => {
    const recovered = { ...about, kind: "recovered", since: NOW };
    expect(alertOf(broken, probe, reported(NOW + 31_000, asProbe(answered)))).toEqual(recovered);
  });
});

describe("a dead letter", () => {
  it("is told of once an hour", () => {
    const told = tellDeadLetter(UNTOLD, NOW);
    expect(told).not.toBe(UNTOLD);
    expect(tellDeadLetter(told, NOW + HOUR_MS - 1)).toBe(told);
    expect(tellDeadLetter(told, NOW + HOUR_MS)).not.toBe(told);
  });
});

describe("a backlog", () => {
  const old = NOW - 15 * MINUTE_MS - 1;

  it("is told of when it is older than 15 minutes", () => {
    expect(tellBacklog(UNTOLD, NOW - 15 * MINUTE_MS, NOW)).toBe(UNTOLD);
    expect(tellBacklog(UNTOLD, old, NOW).backlog).toBe(true);
  });

  it.each([null, NOW - MINUTE_MS])("is told of once, until the oldest is of %s", (young) => {
    const told = tellBacklog(UNTOLD, old, NOW);
    expect(tellBacklog(told, old, NOW + HOUR_MS)).toBe(told);
    const settled = tellBacklog(told, young, NOW);
    expect(settled).toEqual(UNTOLD);
    expect(tellBacklog(settled, old, NOW).backlog).toBe(true);
  });
});
