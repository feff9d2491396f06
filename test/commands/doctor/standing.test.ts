// What the doctor says of a relay's destinations.
import { describe, expect, it } from "vitest";
import { checkDestinations, checkTrial } from "../../../src/commands/doctor/standing.ts";
import { levelsOf, linesOf, relayAnswer, remediesOf } from "../../support/doctor.ts";

const origin = "https://relay.example.com";
const NOW = Date.parse("2026-11-24T12:00:00Z");

describe("destinations", () => {
  const well = {
    id: "acme-crm",
    state: "open",
    reason: null,
    since: null,
    next_attempt_at: null,
    customers_behind: 0,
    behind_since: null,
    customers_dead: 0,
    dead_letters: 0,
  };
  const asked = { origin, token: "API_TOKEN", now: NOW } as const;
  const check = (...changes: object[]) =>
    checkDestinations(
      relayAnswer(200, { destinations: changes.map((some) => ({ ...well, ...some })) }),
      asked,
    ).findings;
  const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

  it("that are well are a line each", () => {
    expect(linesOf(check({}, { id: "b", customers_behind: 2, behind_since: ago(1) }))).toEqual([
      "ok: acme-crm: deliveries go out, everybody is in step",
      "ok: b: deliveries go out, 2 customers on the way",
    ]);
  });

  it.each([
    ["held", "fault", "turns everything away since 2026-11-24T11:00:00.000Z (HTTP 401)"],
    ["breaker_open", "warning", "failed too often"],
    ["paused", "warning", "is paused since"],
  ])("that are %s are a %s", (state, level, words) => {
    const findings = check({ state, reason: "HTTP 401", since: ago(60), customers_behind: 3 });
    expect(linesOf(findings)).toEqual([expect.stringContaining(`${level}: acme-crm ${words}`)]);
  });

  it.each([
    [14, "ok"],
    [16, "warning"],
  ])("that have customers behind for %i minutes are %s", (minutes, level) => {
    const findings = check({ customers_behind: 5, behind_since: ago(minutes) });
    expect(levelsOf(findings)).toEqual([level]);
  });

  it("with dead letters come with the lines that list and replay them", () => {
    const findings = check({ customers_dead: 2, dead_letters: 3 });
    expect(linesOf(findings)).toEqual(["warning: acme-crm: 3 dead letters, of 2 customers"]);
    const base = `-H "authorization: Bearer $API_TOKEN" ${origin}/v1/destinations/acme-crm`;
    expect(remediesOf(findings)).toEqual([
      `why: curl ${base}/dead-letters`,
      `try them again: curl -X POST ${base}/replay`,
    ]);
  });

  it("cannot be seen with a wrong token, or while the ledger is out of reach", () => {
    const refused = checkDestinations(relayAnswer(401, {}), { ...asked, token: "API_READ_TOKEN" });
    expect(linesOf(refused.findings)).toEqual(["fault: API_READ_TOKEN is not the relay's"]);
    const away = relayAnswer(503, { title: "The ledger is out of reach", detail: "later" });
    expect(linesOf(checkDestinations(away, asked).findings)).toEqual([
      "fault: the destinations cannot be seen: HTTP 503, The ledger is out of reach: later",
    ]);
  });

  it.each([
    ["delivered", "ok"],
    ["accepted", "ok"],
    ["rejected", "warning"],
    ["held", "fault"],
    ["retry", "fault"],
  ])("whose sample was %s: %s", (outcome, level) => {
    const answer = relayAnswer(200, { outcome, status: 200, latency_ms: 12.4, error: null });
    const finding = checkTrial("acme-crm", answer);
    expect(finding.level).toBe(level);
    expect(finding.text).toContain("after 12 ms (HTTP 200)");
  });

  it("that may not be tested say what a test needs", () => {
    const answer = relayAnswer(403, { title: "The token may only read", detail: "" });
    expect(remediesOf([checkTrial("acme-crm", answer)])).toEqual([
      "a test needs API_TOKEN, since it writes a sample into the CRM",
    ]);
  });
});
