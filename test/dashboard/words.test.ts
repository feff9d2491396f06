// What the dashboard says in plain words.
import { describe, expect, it } from "vitest";
import type { DestinationView } from "../../src/api/destination-view.ts";
import * as words from "../../src/dashboard/words.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1_000).toISOString();

const NO_RATES = {
  calls: 0,
  deliveries: 0,
  succeeded: 0,
  success_rate: null,
  latency_p50_ms: null,
  latency_p95_ms: null,
};

function seen(changes: Partial<DestinationView> = {}): DestinationView {
  return {
    id: "one",
    format: "webhook",
    topics: ["customer.profile.updated"],
    deliver: "latest",
    state: "open",
    reason: null,
    since: null,
    next_attempt_at: null,
    rates: { last_5_minutes: NO_RATES, last_60_minutes: NO_RATES },
    last_errors: [],
    customers_behind: 0,
    behind_since: null,
    customers_dead: 0,
    dead_letters: 0,
    backfill: null,
    replay: null,
    ...changes,
  };
}

const paused = seen({ state: "paused", reason: "paused by an operator", since: at(90) });
const held = seen({
  state: "held",
  reason: "the credentials were refused: HTTP 401",
  since: at(3 * 3_600),
  next_attempt_at: at(-25),
  customers_behind: 1,
  behind_since: at(2 * 3_600),
});
const failing = seen({ state: "breaker_open", reason: "5 calls in a row failed", since: at(30) });
const behind = seen({ customers_behind: 12_345, behind_since: at(2 * 24 * 3_600) });
const dead = seen({ customers_dead: 2, dead_letters: 3 });

describe("a destination", () => {
  it.each([
    ["In step", "good", seen()],
    ["Catching up", "busy", behind],
    ["Dead letters", "warning", dead],
    ["Paused", "warning", paused],
    ["Held", "bad", held],
    ["Failing", "bad", failing],
  ] as const)("is %s, which is %s", (word, tone, view) => {
    expect(words.labelOf(view)).toEqual({ word, tone });
  });

  it.each([
    ["Every customer is in step.", seen()],
    ["12,345 customers are behind, the longest for 2 days.", behind],
    ["Everybody else is in step. 2 customers have 3 dead letters.", dead],
    ["Paused by an operator for 1 minute. Every customer is in step.", paused],
    [
      "It has turned everything away for 3 hours: the credentials were refused: HTTP 401. It is tried again in 25 seconds. 1 customer is behind, the longest for 2 hours.",
      held,
    ],
    [
      "It has been failing for 30 seconds: 5 calls in a row failed. Every customer is in step.",
      failing,
    ],
    [
      "Open, but the destination asked to wait. It is tried again now. Every customer is in step.",
      seen({ reason: "the destination asked to wait", next_attempt_at: at(1) }),
    ],
  ])("is explained: %s", (expected, view) => {
    expect(words.explain(view, NOW)).toBe(expected);
  });
});

describe("the headline", () => {
  it.each([
    ["Everything is in step.", "good", [seen(), seen()], 0, 0],
    ["No CRM is configured yet.", "warning", [], 0, 0],
    ["1 of 1 destination is catching up.", "busy", [behind], 0, 0],
    ["2 of 3 destinations are failing.", "bad", [held, failing, behind], 0, 5],
    ["2 of 4 destinations are failing.", "bad", [held, failing, behind], 1, 0],
    ["1 of 3 destinations is out of reach.", "bad", [behind, seen()], 1, 0],
    ["1 of 3 destinations is catching up.", "busy", [behind, paused, seen()], 0, 0],
    [
      "1 of 2 destinations is waiting for you.",
      "warning",
      [{ ...paused, customers_behind: 3 }, seen()],
      0,
      0,
    ],
    ["2 of 3 destinations are waiting for you.", "warning", [paused, dead, seen()], 0, 0],
    ["The lookup store is catching up.", "busy", [seen()], 0, 1],
  ] as const)("says %j", (word, tone, views, unreached, lookups) => {
    expect(words.headline(views, unreached, lookups)).toEqual({ word, tone });
  });
});

describe("a number in words", () => {
  it.each([
    [0, "a moment"],
    [-5_000, "a moment"],
    [999, "a moment"],
    [1_000, "1 second"],
    [59_999, "59 seconds"],
    [60_000, "1 minute"],
    [7_199_999, "1 hour"],
    [48 * 3_600_000, "2 days"],
  ])("is, of a span of %i ms, %s", (ms, expected) => {
    expect(words.span(ms)).toBe(expected);
  });

  it.each([
    [1, "100 %"],
    [0.999_99, "99.9 %"],
    [0.5, "50 %"],
    [0.123_45, "12.3 %"],
    [0, "0 %"],
  ])("is, of a share of %d, %s", (share, expected) => {
    expect(words.percent(share)).toBe(expected);
  });

  it.each([
    [1, "1 ms"],
    [999, "999 ms"],
    [1_234, "1.2 s"],
  ])("is, of %i ms, %s", (ms, expected) => {
    expect(words.duration(ms)).toBe(expected);
  });
});

describe("a field of a profile", () => {
  it.each([
    ["tier.name", "Tier name"],
    ["gb_customer_id", "Gameball customer id"],
    ["attributes.city", "Attributes city"],
  ])("%s is called %s", (path, name) => {
    expect(words.fieldName(path)).toBe(name);
  });

  it.each([
    [null, "–"],
    ["gold", "gold"],
    [0, "0"],
    [false, "false"],
    [{ a: [1] }, '{"a":[1]}'],
  ])("%j is shown as %s", (value, expected) => {
    expect(words.valueWord(value)).toBe(expected);
  });
});
