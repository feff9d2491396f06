// What an operator is alerted to: transitions, each of them once.
import { describe, expect, it } from "vitest";
import type { CallReport } from "../../src/gate/call.ts";
import {
  tellBacklog,
  tellDeadLetter,
  tellTransition,
  type Told,
  UNTOLD,
} from "../../src/gate/alerts.ts";
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

const inTrouble = { ...UNTOLD, troubleSince: NOW };

/** The probe comes back with this. */
const back = (call: CallReport): Step => reported(NOW + 31_000, asProbe(call));

/** The alert of the last step, which tells of calls, when the operator knows so much. */
function alertOf(told: Told, calls: readonly CallReport[], ...steps: readonly Step[]) {
  const [before, now] = [after(...steps.slice(0, -1)).latch, after(...steps).latch];
  return tellTransition(told, before, now, { ...about, calls });
}

describe("an alert", () => {
  it("is sent when the breaker opens, and says when it is tried next", () => {
    expect(alertOf(UNTOLD, [failed], broken)).toEqual({
      told: inTrouble,
      alert: {
        ...about,
        kind: "breaker_opened",
        reason: "5 calls in a row failed: HTTP 503: down",
        nextAttemptAt: NOW + 30_000,
      },
    });
  });

  it("is sent when the destination is held", () => {
    const { alert } = alertOf(UNTOLD, [refused], held);
    expect(alert).toMatchObject({ kind: "held", reason: refused.error });
  });

  it("is not sent for failures that open nothing, nor for a wish to wait", () => {
    const calls = [[failed, failed], [busy(MINUTE_MS)], [answered]];
    for (const some of calls) {
      expect(alertOf(UNTOLD, some, reported(NOW, ...some))).toEqual({ told: UNTOLD, alert: null });
    }
  });

  it("is not sent again for a probe, whether it goes out or fails", () => {
    expect(alertOf(inTrouble, [], broken, probe).alert).toBeNull();
    expect(alertOf(inTrouble, [failed], broken, probe, back(failed)).alert).toBeNull();
    expect(alertOf(inTrouble, [refused], held, probe, back(refused)).alert).toBeNull();
  });

  it("is sent when it turns out that the credentials are what is wrong", () => {
    const { alert } = alertOf(inTrouble, [refused], broken, probe, back(refused));
    expect(alert).toMatchObject({ kind: "held" });
  });

  it("is sent when the destination is well again, with since when it was not", () => {
    expect(alertOf(inTrouble, [answered], broken, probe, back(answered))).toEqual({
      told: UNTOLD,
      alert: { ...about, kind: "recovered", since: NOW },
    });
  });

  it("is sent when the destination is well again, although another call failed", () => {
    const { alert } = alertOf(inTrouble, [failed, answered], broken, probe, back(answered));
    expect(alert).toMatchObject({ kind: "recovered" });
  });

  it("is sent when it answers after an operator's resume, and not for a resume alone", () => {
    const resumed = after();
    const open = { ...about, calls: [answered] };
    expect(tellTransition(inTrouble, resumed.latch, resumed.latch, open).alert).toMatchObject({
      kind: "recovered",
    });
    const silent = { ...about, calls: [failed] };
    expect(tellTransition(inTrouble, resumed.latch, resumed.latch, silent).alert).toBeNull();
  });
});

describe("a dead letter", () => {
  it("is told of once an hour", () => {
    const told = tellDeadLetter(UNTOLD, NOW);
    expect(told).toEqual({ ...UNTOLD, deadLetterAt: NOW });
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
