// A destination as an operator sees it: the parts put together, and when a sweep will be over.
import { describe, expect, it } from "vitest";
import { viewDestination, viewSweep } from "../../src/api/destination-view.ts";
import { viewGate } from "../../src/gate/view.ts";
import { FRESH } from "../../src/gate/rules.ts";
import { sampleDestination } from "../support/samples.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const GATE = viewGate(FRESH.latch, [], [], NOW);
const CROWD = { behind: 3, behindSince: NOW - SECOND_MS, dead: 1, deadLetters: 4 };

describe("a destination's view", () => {
  it("is made of what it is, its gate, its crowd and its sweeps", () => {
    const survey = { crowd: CROWD, backfill: null, replay: null };
    expect(viewDestination(sampleDestination(), GATE, survey, NOW)).toEqual({
      id: "acme-crm",
      format: "webhook",
      topics: ["customer.profile.updated"],
      deliver: "latest",
      ...GATE,
      customers_behind: 3,
      behind_since: "2025-12-31T23:59:59.000Z",
      customers_dead: 1,
      dead_letters: 4,
      backfill: null,
      replay: null,
    });
  });

  it("holds neither URL nor headers nor secrets", () => {
    const destination = sampleDestination({
      url: "https://crm.example.com/secret-path",
      headers: { authorization: "Bearer secret-token" },
      signingSecret: "whsec_c2VjcmV0",
      secrets: ["secret-token"],
    });
    const survey = { crowd: CROWD, backfill: null, replay: null };
    const text = JSON.stringify(viewDestination(destination, GATE, survey, NOW));
    expect(text).not.toMatch(/secret|whsec|crm\.example/);
  });
});

describe("a sweep's view", () => {
  const sweep = { startedAt: NOW, finishedAt: null, total: 100, done: 25 };

  it("ends, as far as one can tell, at the pace so far", () => {
    expect(viewSweep(sweep, NOW + 10 * SECOND_MS)).toEqual({
      state: "running",
      done: 25,
      total: 100,
      started_at: "2026-01-01T00:00:00.000Z",
      finished_at: null,
      estimated_end_at: "2026-01-01T00:00:40.000Z",
    });
  });

  it("ends nobody knows when, while nobody is done", () => {
    expect(viewSweep({ ...sweep, done: 0 }, NOW + SECOND_MS).estimated_end_at).toBeNull();
    expect(viewSweep({ ...sweep, total: 0, done: 0 }, NOW).estimated_end_at).toBeNull();
  });

  it("ends now when everybody is done and it is about to be over", () => {
    const { estimated_end_at } = viewSweep({ ...sweep, done: 100 }, NOW + SECOND_MS);
    expect(estimated_end_at).toBe("2026-01-01T00:00:01.000Z");
  });

  it("has no estimate once it is over", () => {
    const view = viewSweep({ ...sweep, done: 100, finishedAt: NOW + SECOND_MS }, NOW + DAY_MS);
    expect(view).toMatchObject({
      state: "finished",
      finished_at: "2026-01-01T00:00:01.000Z",
      estimated_end_at: null,
    });
  });

  it("has no estimate beyond what a time can say, which a long pause can come to", () => {
    const crawling = { ...sweep, total: 10_000_000, done: 1 };
    expect(viewSweep(crawling, NOW + 30 * DAY_MS).estimated_end_at).toBeNull();
  });
});
