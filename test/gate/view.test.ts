// A gate as an operator sees it.
import { describe, expect, it } from "vitest";
import { type GateState, pause } from "../../src/gate/rules.ts";
import { viewGate } from "../../src/gate/view.ts";
import { after, asked, asProbe, busy, failed, refused, reported, times } from "../support/gate.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const broken = reported(NOW, ...times(5, failed));
const held = reported(NOW, refused);

function standing(gate: GateState, now: number) {
  const { state, reason, since, next_attempt_at } = viewGate(gate.latch, [], [], now);
  return { state, reason, since, next_attempt_at };
}

describe("a gate's view", () => {
  it("is open, and nothing more, when all is well", () => {
    const open = { state: "open", reason: null, since: null, next_attempt_at: null };
    expect(standing(after(), NOW)).toEqual(open);
  });

  it("stays open while the CRM asked to wait, and says until when", () => {
    const waiting = after(reported(NOW, busy(60_000)));
    expect(standing(waiting, NOW)).toEqual({
      state: "open",
      reason: "the destination asked to wait",
      since: null,
      next_attempt_at: "2026-01-01T00:01:00.000Z",
    });
    expect(standing(waiting, NOW + 60_000)).toMatchObject({ reason: null, next_attempt_at: null });
  });

  it("names an open breaker, since when it is, and when it is tried next", () => {
    expect(standing(after(broken), NOW + 1)).toEqual({
      state: "breaker_open",
      reason: "5 calls in a row failed: HTTP 503: down",
      since: "2026-01-01T00:00:00.000Z",
      next_attempt_at: "2026-01-01T00:00:30.000Z",
    });
  });

  it("counts from when it closed, however many probes failed since", () => {
    const probed = after(held, asked(NOW + 30_000), reported(NOW + 31_000, asProbe(refused)));
    expect(standing(probed, NOW + 31_000)).toEqual({
      state: "held",
      reason: "the credentials were refused: HTTP 401",
      since: "2026-01-01T00:00:00.000Z",
      next_attempt_at: "2026-01-01T00:01:31.000Z",
    });
  });

  it("says nothing of when it is tried next where that is now", () => {
    expect(standing(after(held), NOW + 30_000)).toMatchObject({
      state: "held",
      next_attempt_at: null,
    });
  });

  it("is tried when both its breaker and the CRM's wish to wait are over", () => {
    const short = standing(after(broken, reported(NOW, busy(10_000))), NOW);
    expect(short.next_attempt_at).toBe("2026-01-01T00:00:30.000Z");
    const long = standing(after(broken, reported(NOW, busy(60_000))), NOW);
    expect(long.next_attempt_at).toBe("2026-01-01T00:01:00.000Z");
  });

  it("is paused before anything else", () => {
    const paused = after(held, (state) => pause(state, NOW + 5_000));
    expect(standing(paused, NOW + 6_000)).toEqual({
      state: "paused",
      reason: "paused by an operator",
      since: "2026-01-01T00:00:05.000Z",
      next_attempt_at: null,
    });
  });

  it("tells times in RFC 3339", () => {
    const failure = { at: NOW, status: 503, error: "HTTP 503: down", deliveries: 2 };
    expect(viewGate(after().latch, [], [failure], NOW).last_errors).toEqual([
      { at: "2026-01-01T00:00:00.000Z", status: 503, error: "HTTP 503: down", deliveries: 2 },
    ]);
  });
});
