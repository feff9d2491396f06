// A consumer reports how an attempt ended: what the destination knows then, and what is written down.
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/ledger/backoff.ts";
import { PROFILE_STORE } from "../../src/ledger/policy.ts";
import { erase } from "../../src/ledger/profiles/erase.ts";
import { settle } from "../../src/ledger/profiles/settle.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import {
  attempted,
  DELIVERED,
  eventsOf,
  HOUR_MS,
  NOW,
  POLICY,
  recorded,
  REJECTED,
  RETRY,
  SECOND_MS,
  taken,
  there,
  turnOf,
} from "./customer.ts";

const ACCEPTED: Settlement = { kind: "accepted", status: 202, job: "job 1" };
const HELD: Settlement = { kind: "held", status: 401, reason: "HTTP 401", forMs: HOUR_MS };

const first = recorded(null, 0, 1);
const entryOf = (settlement: Settlement) => attempted(first, settlement).timeline.at(-1);

describe("what is written down", () => {
  const at = { at: NOW, destination: "acme", sequence: 1 };

  it("is how each attempt ended, with the destination's own status and words", () => {
    expect(entryOf(DELIVERED)).toEqual({ ...at, event: "delivered", status: 200 });
    expect(entryOf(ACCEPTED)).toEqual({ ...at, event: "accepted", status: 202 });
    expect(entryOf(RETRY)).toEqual({ ...at, event: "failed", status: 503, detail: "HTTP 503" });
    expect(entryOf(HELD)).toEqual({ ...at, event: "held", status: 401, detail: "HTTP 401" });
    const refused = { ...at, event: "dead_lettered", status: 422, detail: "HTTP 422: no" };
    expect(entryOf(REJECTED)).toEqual(refused);
  });

  it("has no status where there was no answer", () => {
    const event = { ...at, event: "failed", detail: "no answer" };
    expect(
      entryOf({ ...RETRY, kind: "retry", status: null, error: "no answer", afterMs: null }),
    ).toEqual(event);
  });

  it("has only the beginning of long words", () => {
    const talker = { kind: "rejected", status: 422, error: `a${"x".repeat(600)}` } as const;
    expect(entryOf(talker)?.detail).toBe(`a${"x".repeat(119)}`);
  });

  it("is that an older profile was refused where a newer one came meanwhile", () => {
    const newer = recorded(taken(first), 1, 2);
    const state = settle(newer, POLICY, REJECTED, { now: NOW, random: 0.5 });
    expect(eventsOf(state)).toEqual(["recorded", "recorded", "failed"]);
    expect(turnOf(state).dead).toBeNull();
  });

  it("is nothing where no attempt was begun", () => {
    const state = attempted(first, { kind: "untried", forMs: 5_000 });
    expect(eventsOf(state)).toEqual(["recorded"]);
    expect(turnOf(state)).toMatchObject({ lease: null, last: null, notBefore: NOW + 5_000 });
  });
});

describe("a delivery that succeeded", () => {
  const failed = attempted(first, RETRY);
  const later = NOW + HOUR_MS / 2;

  it("leaves nothing of the failures before it", () => {
    expect(turnOf(attempted(failed, DELIVERED, later))).toMatchObject({
      acknowledged: 1,
      delivered: 1,
      failures: 0,
      failingSince: null,
      behindSince: null,
      held: null,
      lease: null,
      dead: null,
      last: { at: later, outcome: "delivered", status: 200, error: null },
    });
  });

  it("ends a dead letter that was made meanwhile", () => {
    const underWay = taken(first);
    const dead = { at: NOW, reason: "it took too long" };
    const state = { ...underWay, destinations: { acme: { ...turnOf(underWay), dead } } };
    const settled = settle(state, POLICY, DELIVERED, { now: NOW, random: 0.5 });
    expect(turnOf(settled).dead).toBeNull();
  });

  it("is remembered with its job, until the next", () => {
    const accepted = attempted(first, ACCEPTED);
    expect(turnOf(accepted).job).toBe("job 1");
    const next = recorded(accepted, 1, 2, { now: later });
    expect(turnOf(attempted(next, DELIVERED, later)).job).toBeNull();
  });

  it("leaves it behind where something newer came meanwhile, since that came", () => {
    const newer = recorded(taken(first), 1, 2);
    const state = settle(newer, POLICY, DELIVERED, { now: NOW + 5 * SECOND_MS, random: 0.5 });
    expect(turnOf(state)).toMatchObject({ acknowledged: 1, behindSince: NOW + SECOND_MS });
  });
});

describe("a delivery from before an erasure", () => {
  const known = recorded(null, 0, 1, { policy: { ...POLICY, key: PROFILE_STORE } });
  const both = { ...known, destinations: { ...known.destinations, ...taken(first).destinations } };
  const { state: erased } = erase(both, { now: NOW, tombstone: null });

  it("went into no job that is asked about, and waits for no gate", () => {
    const context = { now: NOW, random: 0.5 };
    const accepted = settle(there(erased), POLICY, ACCEPTED, context);
    expect(turnOf(accepted)).toMatchObject({ job: null, lease: null });
    expect(turnOf(settle(there(erased), POLICY, HELD, context)).held).toBeNull();
    expect(turnOf(settle(there(erased), POLICY, REJECTED, context)).dead).toBeNull();
  });

  it("leaves the lookup store behind, which has still to lose the profile", () => {
    const store = { ...POLICY, key: PROFILE_STORE };
    const { state } = erase(taken(known, NOW, store), { now: NOW, tombstone: null });
    const settled = settle(there(state), store, DELIVERED, { now: NOW + 5, random: 0.5 });
    const forgotten = settled?.destinations[PROFILE_STORE];
    expect(forgotten).toMatchObject({ acknowledged: 1, behindSince: NOW + 5, lease: null });
  });
});

it("a delivery whose lease is over changes nothing", () => {
  expect(settle(first, POLICY, DELIVERED, { now: NOW, random: 0.5 })).toBe(first);
  const other = { ...POLICY, key: "other" };
  expect(settle(first, other, DELIVERED, { now: NOW, random: 0.5 })).toBe(first);
});

describe("a delivery that failed", () => {
  it("waits its backoff, or as long as the destination asks for", () => {
    const waited = turnOf(attempted(first, RETRY));
    expect(waited).toMatchObject({ failures: 1, failingSince: NOW });
    expect(waited.notBefore).toBe(NOW + Math.max(SECOND_MS, backoffMs(1, 0.5)));
    const asked = turnOf(
      attempted(first, { ...RETRY, kind: "retry", status: 429, error: "busy", afterMs: HOUR_MS }),
    );
    expect(asked.notBefore).toBe(NOW + HOUR_MS);
  });

  it("waits no backoff where something newer came meanwhile", () => {
    const newer = recorded(taken(first), 1, 2);
    const state = settle(newer, POLICY, RETRY, { now: NOW, random: 0.5 });
    expect(turnOf(state).notBefore).toBe(NOW + SECOND_MS);
  });

  it("is given up on once it has failed for as long as the destination has time", () => {
    const failed = attempted(first, RETRY);
    const early = attempted(failed, RETRY, NOW + HOUR_MS - 1);
    expect(turnOf(early).dead).toBeNull();
    const late = attempted(failed, RETRY, NOW + HOUR_MS);
    expect(turnOf(late)).toMatchObject({ dead: { at: NOW + HOUR_MS }, held: null });
    expect(eventsOf(late)).toEqual(["recorded", "failed", "dead_lettered"]);
  });
});
