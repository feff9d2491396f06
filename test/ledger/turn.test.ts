// A turn: how each attempt leaves it, and when it is next.
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/ledger/backoff.ts";
import { conclude, firstTurn, lease, loseLease, type Settlement } from "../../src/ledger/turn.ts";
import { HOUR_MS, NOW, SECOND_MS } from "./customer.ts";

const RANDOM = 0.5;
const taken = lease(firstTurn(NOW, null), "lease", 1, NOW);
const LATER = NOW + SECOND_MS;
const after = (settlement: Settlement, isNewest = true, turn = taken) =>
  conclude(turn, settlement, { now: LATER, random: RANDOM, isNewest });
const retry = (afterMs: number | null): Settlement => ({
  kind: "retry",
  status: 503,
  error: "HTTP 503",
  afterMs,
});

describe("a turn", () => {
  it("remembers how its last attempt ended, with the destination's words", () => {
    const delivered = { at: LATER, outcome: "delivered", status: 200, error: null };
    expect(after({ kind: "delivered", status: 200 }).last).toEqual(delivered);
    const failed = { at: LATER, outcome: "retry", status: 503, error: "HTTP 503" };
    expect(after(retry(null)).last).toEqual(failed);
    const held = { at: LATER, outcome: "held", status: 401, error: "HTTP 401" };
    const closed: Settlement = { kind: "held", status: 401, reason: "HTTP 401", forMs: HOUR_MS };
    expect(after(closed)).toMatchObject({ held: "HTTP 401", last: held });
    const rejected = { at: LATER, outcome: "rejected", status: 422, error: "no" };
    expect(after({ kind: "rejected", status: 422, error: "no" }).last).toEqual(rejected);
  });

  it("remembers that its consumer never came back", () => {
    const last = { at: LATER, outcome: "lease_lost", status: null };
    expect(loseLease(taken, LATER)).toMatchObject({ lease: null, failures: 1, last });
  });

  it("waits for no gate after a success", () => {
    expect(after({ kind: "delivered", status: 200 }, true, { ...taken, held: "closed" }).held).toBe(
      null,
    );
  });

  it("waits its backoff after a failure, or as long as the destination asked for", () => {
    const ownMs = backoffMs(1, RANDOM);
    expect(after(retry(null)).notBefore).toBe(LATER + ownMs);
    expect(after(retry(ownMs + 1)).notBefore).toBe(LATER + ownMs + 1);
  });

  it("waits after a failure only if the destination asked for it, when something newer came", () => {
    expect(after(retry(null), false).notBefore).toBe(LATER);
    expect(after(retry(700), false).notBefore).toBe(LATER + 700);
  });

  it("may wait for nothing after a failure, by chance", () => {
    const lucky = conclude(taken, retry(null), { now: LATER, random: 0, isNewest: true });
    expect(lucky.notBefore).toBe(LATER);
  });
});
