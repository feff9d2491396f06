// The gate's rules: the breaker, holds with their probes, waits that a CRM asked for, and pauses.
import { describe, expect, it } from "vitest";
import {
  admit,
  ASKED_TO_WAIT,
  FRESH,
  type GateState,
  pause,
  PAUSE_POLL_MS,
  PAUSED,
  report,
  resume,
  waitOf,
} from "../../src/gate/rules.ts";
import {
  after,
  answered,
  asked,
  asProbe,
  busy,
  failed,
  refused,
  reported,
  times,
} from "../support/gate.ts";

const NOW = 1_000_000;
const RATE = { limit: 100, perSeconds: 1 };

const admission = (state: GateState, now: number, wanted = 3) =>
  admit(state, wanted, RATE, now).admission;
const granted = (state: GateState, now: number) => admission(state, now).granted;

const pairs = (count: number) => times(count, [failed, answered]).flat();

const broken = after(reported(NOW, ...times(5, failed)));
const held = after(reported(NOW, refused));

describe("an open gate", () => {
  it("grants what is wanted", () => {
    const all = { granted: 3, waitMs: 0, spacingMs: 0, reason: null, isProbe: false };
    expect(admission(FRESH, NOW)).toEqual(all);
  });

  it("grants only what the rate allows, and then has no reason to name", () => {
    const { admission: part } = admit(FRESH, 5, { limit: 3, perSeconds: 1 }, NOW);
    expect(part).toMatchObject({ granted: 3, waitMs: 1_000, reason: null, isProbe: false });
  });

  it("is the same gate after a call that went well", () => {
    expect(report(FRESH, [answered, answered], NOW)).toBe(FRESH);
  });

  it("forgets a failure after 20 calls that went well", () => {
    const once = after(reported(NOW, failed));
    expect(once).not.toEqual(FRESH);
    expect(report(once, times(20, answered), NOW)).toEqual(FRESH);
  });
});

describe("the breaker", () => {
  it("opens after 5 failed calls in a row, and not before", () => {
    expect(waitOf(after(reported(NOW, ...times(4, failed))), NOW).reason).toBeNull();
    const reason = "5 calls in a row failed: HTTP 503: down";
    expect(waitOf(broken, NOW)).toEqual({ waitMs: 30_000, reason });
    expect(admission(broken, NOW)).toMatchObject({ granted: 0, waitMs: 30_000, reason });
  });

  it("opens when 10 of the last 20 calls failed, and not before", () => {
    expect(waitOf(after(reported(NOW, ...pairs(9))), NOW).reason).toBeNull();
    const half = after(reported(NOW, ...pairs(10)));
    expect(waitOf(half, NOW).reason).toBe("10 of the last 20 calls failed: HTTP 503: down");
  });

  it("stays closed where fewer than half fail, for however long", () => {
    const third = times(200, [failed, answered, answered]).flat();
    expect(waitOf(after(reported(NOW, ...third)), NOW).reason).toBeNull();
  });

  it("counts calls wherever they are reported", () => {
    const steps = times(5, failed).map((call, index) => reported(NOW + index, call));
    expect(waitOf(after(...steps), NOW + 4).waitMs).toBe(30_000);
  });

  it("takes a wish to wait neither for a failure nor for a success", () => {
    const calls = [...times(4, failed), busy(1_000)];
    expect(waitOf(after(reported(NOW, ...calls)), NOW).reason).toBe(ASKED_TO_WAIT);
    const reason = "5 calls in a row failed: HTTP 503: down";
    expect(waitOf(after(reported(NOW, ...calls, failed)), NOW).reason).toBe(reason);
  });

  it("names only the beginning of what the CRM said", () => {
    const talker = { ...failed, error: "x".repeat(600) };
    const { reason } = waitOf(after(reported(NOW, ...times(5, talker))), NOW);
    expect(reason).toBe(`5 calls in a row failed: ${"x".repeat(120)}`);
  });
});

describe.each([
  ["an open breaker", broken, failed],
  ["a hold", held, refused],
])("%s", (_, closed, bad) => {
  const probing = asked(NOW + 30_000)(closed);

  it("lasts 30 s, then twice as long with each probe that fails, at most 15 min", () => {
    let state = closed;
    let now = NOW;
    const waits: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const { waitMs } = waitOf(state, now);
      waits.push(waitMs);
      now += waitMs;
      state = reported(now, asProbe(bad))(asked(now)(state));
    }
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000]);
  });

  it("lets a single probe through at its end, and nobody behind it", () => {
    expect(granted(closed, NOW + 29_999)).toBe(0);
    expect(admission(closed, NOW + 30_000)).toMatchObject({ granted: 1, isProbe: true });
    expect(admission(probing, NOW + 30_001)).toMatchObject({ granted: 0, isProbe: false });
  });

  it("lets those ask again soon that come while the probe is out: it may open at any moment", () => {
    const waits = [admission(closed, NOW + 30_000), admission(probing, NOW + 30_010)];
    expect(waits.map(({ waitMs }) => waitMs)).toEqual([5_000, 5_000]);
  });

  it("ends with an answer to the probe, on a clean slate", () => {
    const opened = reported(NOW + 30_300, asProbe(answered))(probing);
    expect(opened.latch).toEqual(FRESH.latch);
    expect(granted(opened, NOW + 30_300)).toBe(3);
  });

  it("ends with any answer to the probe, even if it refuses a delivery", () => {
    const rejected = { ...answered, error: "HTTP 422", succeeded: 0, rejected: 1 };
    expect(granted(reported(NOW + 30_300, asProbe(rejected))(probing), NOW + 30_300)).toBe(3);
  });

  it.each([failed, refused, answered].map((call) => [call.verdict, call]))(
    "hears nothing new from a call that was under way and %s",
    (__, call) => {
      expect(reported(NOW + 5, call)(closed)).toBe(closed);
      expect(reported(NOW + 30_001, call)(probing)).toBe(probing);
    },
  );

  it("takes a probe that was never reported for lost after a minute", () => {
    expect(granted(probing, NOW + 89_999)).toBe(0);
    expect(granted(probing, NOW + 90_000)).toBe(1);
  });

  it("hears from a probe that was taken for lost", () => {
    const late = reported(NOW + 95_000, asProbe(answered))(probing);
    expect(granted(late, NOW + 95_000)).toBe(3);
  });

  it("probes again when the wait is over that the probe was asked for", () => {
    const waiting = reported(NOW + 30_001, asProbe(busy(2_000)))(probing);
    expect(waitOf(waiting, NOW + 30_001).waitMs).toBe(2_000);
    expect(waiting.latch.breaker.closure).toMatchObject({ isProbing: false, since: NOW });
    expect(granted(waiting, NOW + 32_000)).toBe(0);
    expect(admission(waiting, NOW + 32_001)).toMatchObject({ granted: 1, isProbe: true });
  });

  it("probes only after a wait that the CRM asked for meanwhile", () => {
    const waiting = reported(NOW + 1, busy(120_000))(closed);
    expect(waitOf(waiting, NOW + 1).waitMs).toBe(120_000);
    expect(granted(waiting, NOW + 120_001)).toBe(1);
  });

  it("waits for the rate with its probe", () => {
    const slow = { limit: 1, perSeconds: 60 };
    const { latch } = closed;
    const used = admit({ ...FRESH, latch: FRESH.latch }, 1, slow, NOW + 29_000).state;
    const { admission: none } = admit({ ...used, latch }, 1, slow, NOW + 30_000);
    expect(none).toMatchObject({ granted: 0, waitMs: 59_000, isProbe: false });
    expect(none.reason).toBe(waitOf(closed, NOW).reason);
  });

  it("ends when an operator resumes", () => {
    expect(granted(resume(closed), NOW + 1)).toBe(3);
    expect(resume(closed).latch).toEqual(FRESH.latch);
  });
});

describe("a hold", () => {
  it("begins with the first refusal, and says why", () => {
    const reason = "the credentials were refused: HTTP 401";
    expect(admission(held, NOW)).toMatchObject({ granted: 0, waitMs: 30_000, reason });
  });

  it("takes the place of an open breaker whose probe is refused", () => {
    const next = reported(NOW + 30_001, asProbe(refused))(asked(NOW + 30_000)(broken));
    expect(next.latch.breaker.closure).toMatchObject({ kind: "held", since: NOW });
    expect(waitOf(next, NOW + 30_001)).toEqual({ waitMs: 60_000, reason: refused.error });
  });

  it("stays a hold when its probe fails otherwise", () => {
    const next = reported(NOW + 30_001, asProbe(failed))(asked(NOW + 30_000)(held));
    expect(next.latch.breaker.closure).toMatchObject({ kind: "held", reason: refused.error });
    expect(waitOf(next, NOW + 30_001).waitMs).toBe(60_000);
  });
});

describe("a wish to wait", () => {
  const waiting = after(reported(NOW, busy(5_000)));

  it("closes the gate for everybody until its end", () => {
    const none = { granted: 0, waitMs: 1, spacingMs: 0, reason: ASKED_TO_WAIT, isProbe: false };
    expect(admission(waiting, NOW + 4_999)).toEqual(none);
    expect(granted(waiting, NOW + 5_000)).toBe(3);
  });

  it("counts from the first millisecond", () => {
    expect(waitOf(after(reported(NOW, busy(1))), NOW).waitMs).toBe(1);
  });

  it("is not shortened by a shorter one, nor by an answer that was under way", () => {
    const later = reported(NOW + 1, busy(1_000), answered)(waiting);
    expect(waitOf(later, NOW).waitMs).toBe(5_000);
  });

  it("outlives an operator's resume", () => {
    expect(waitOf(resume(waiting), NOW)).toEqual({ waitMs: 5_000, reason: ASKED_TO_WAIT });
  });
});

describe("a pause", () => {
  const paused = pause(FRESH, NOW);

  it("grants nothing until it is resumed", () => {
    const none = { granted: 0, waitMs: PAUSE_POLL_MS, reason: PAUSED, isProbe: false };
    expect(admission(paused, NOW)).toMatchObject(none);
    expect(admission(paused, NOW + 10 * PAUSE_POLL_MS)).toMatchObject(none);
    expect(resume(paused)).toEqual(FRESH);
  });

  it("is asked about again after a quarter of an hour, so that even a lost resume heals", () => {
    expect(waitOf(paused, NOW).waitMs).toBe(15 * 60_000);
  });

  it("begins once", () => {
    expect(pause(paused, NOW + 5)).toBe(paused);
  });

  it("is not ended by an answer to a call that was under way", () => {
    expect(granted(report(paused, [answered], NOW), NOW)).toBe(0);
  });

  it("comes before a hold, and ends with it", () => {
    expect(waitOf(pause(held, NOW), NOW).reason).toBe(PAUSED);
    expect(granted(resume(pause(held, NOW)), NOW)).toBe(3);
  });
});
