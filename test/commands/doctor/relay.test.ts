// What the doctor makes of a relay's answers, and of answers that are not the relay's.
import { describe, expect, it } from "vitest";
import { asker, describe as describeAnswer, plain } from "../../../src/commands/doctor/answer.ts";
import { count, render, toJson, ok, warning } from "../../../src/commands/doctor/finding.ts";
import {
  checkClock,
  checkHealth,
  checkLock,
  checkWebhookRoute,
  readAddress,
} from "../../../src/commands/doctor/relay.ts";
import { levelsOf, linesOf, relayAnswer, remediesOf } from "../../support/doctor.ts";

const origin = "https://relay.example.com";
const NOW = Date.parse("2026-11-24T12:00:00Z");
const noStore = { "cache-control": "no-store" };
const none = { kind: "none", reason: "connect ECONNREFUSED" } as const;

describe("an address", () => {
  it.each(["https://relay.example.com/any/path", "http://127.0.0.1:8787", "http://localhost:1"])(
    "is taken: %s",
    (text) => expect(readAddress(text)).toEqual({ origin: new URL(text).origin }),
  );

  it.each(["relay", "http://relay.example.com", "http://127.example.com", "ftp://localhost"])(
    "is refused: %s",
    (text) => expect(readAddress(text)).toHaveProperty("faults"),
  );

  it("with a password is refused without repeating it", () => {
    const refused = readAddress("https://user:hunter2@relay.example.com");
    expect(refused).toHaveProperty("faults");
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
});

describe("/health", () => {
  const healthy = { status: "ok" };

  it("of a relay that is well is one line, and a cached answer is warned of", () => {
    const well = checkHealth(relayAnswer(200, healthy, noStore));
    expect([well.isRelay, levelsOf(well.findings)]).toEqual([true, ["ok"]]);
    const { findings } = checkHealth(relayAnswer(200, healthy, { "cache-control": "max-age=60" }));
    expect(levelsOf(findings)).toEqual(["ok", "warning"]);
  });

  it("names every fault, each with what mends it", () => {
    const faults = [
      { pointer: "/API_TOKEN", detail: "is not set: npx wrangler secret put API_TOKEN" },
      {
        pointer: "/DESTINATIONS/0/headers/authorization",
        detail: "needs the secret ACME_TOKEN, which is not set",
      },
      { pointer: "/ALERT_URL", detail: "must be https" },
      { pointer: "/LEDGER_PARTITIONS", detail: "must be at least 1" },
    ];
    const { findings } = checkHealth(
      relayAnswer(503, { status: "misconfigured", faults }, noStore),
    );
    expect(levelsOf(findings)).toEqual(["fault", "fault", "fault", "fault"]);
    expect(remediesOf(findings)).toEqual([
      "npx wrangler secret put API_TOKEN",
      "npx wrangler secret put ACME_TOKEN",
      "npx wrangler secret put ALERT_URL, with a value that is right",
      "correct it in wrangler.toml, and npm run deploy",
    ]);
  });

  it.each([
    ["nobody", none, "nobody is there (connect ECONNREFUSED)"],
    ["a page", relayAnswer(200, "<html>"), "what answers is not the relay: HTTP 200"],
    ["another API", relayAnswer(200, { ok: true }), "what answers is not the relay"],
    ["a redirect", relayAnswer(302, "", { location: "https://x.example" }), "to https://x.example"],
  ])("of %s ends the examination", (_what, answer, words) => {
    const { isRelay, findings } = checkHealth(answer);
    expect(isRelay).toBe(false);
    expect(linesOf(findings)).toEqual([expect.stringContaining(words)]);
  });
});

/** An answer of a relay whose clock is some seconds ahead. */
const ahead = (seconds: number) => {
  const date = new Date(NOW + seconds * 1000).toUTCString();
  return relayAnswer(200, "", { date }, NOW);
};

describe("clocks", () => {
  it.each([
    [0, "ok"],
    [30, "ok"],
    [-30, "ok"],
    [31, "warning"],
    [-3_600, "warning"],
  ])("%i s apart: %s", (seconds, level) => {
    expect(levelsOf(checkClock(ahead(seconds)))).toEqual([level]);
  });

  it("are not judged where the answer has no date", () => {
    expect(checkClock(relayAnswer(200, ""))).toEqual([]);
  });
});

/** A refusal. */
const problem = (status: number, title: string) => relayAnswer(status, { title, detail: "why" });

describe("doors", () => {
  it.each([
    [401, "ok"],
    [503, "fault"],
    [202, "fault"],
    [403, "fault"],
  ])("a webhook without a signature that is answered %i: %s", (status, level) => {
    const findings = checkWebhookRoute(problem(status, "Title"));
    expect(levelsOf(findings)).toEqual([level]);
  });

  it("an API that lets anybody in is a fault", () => {
    expect(levelsOf(checkLock(problem(401, "Title")))).toEqual(["ok"]);
    expect(checkLock(problem(503, "Title"))).toEqual([]);
    expect(remediesOf(checkLock(relayAnswer(200, {})))).toEqual([
      "take the relay off the network: anybody could read profiles",
    ]);
  });

  it("that give no answer say so", () => {
    expect(levelsOf([...checkWebhookRoute(none), ...checkLock(none)])).toEqual(["fault", "fault"]);
  });
});

/** A network that is not there. */
const unreachable = async (): Promise<Response> => {
  throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
};

describe("what is shown", () => {
  it("moves no cursor, whatever a CRM said", () => {
    expect(plain("a\u001B[2Jb\u202Ec\nd")).toBe("a [2Jb c d");
    const answer = relayAnswer(503, { title: "\u001B]0;x\u0007", detail: "" });
    expect(describeAnswer(answer)).toMatch(/^HTTP 503, [\u0020-\u007E]+$/);
  });

  it("is a line for each finding, its remedies below, and a summary", () => {
    const groups = [
      { title: "One", findings: [ok("fine"), warning("odd", "do this", "then that")] },
      { title: "None", findings: [] },
    ];
    expect(render(groups)).toEqual([
      "One",
      "  ok       fine",
      "  warning  odd",
      "           → do this",
      "           → then that",
      "",
      "0 faults, 1 warning.",
    ]);
    expect(count(groups, "warning")).toBe(1);
    expect(JSON.parse(toJson(groups))).toEqual({
      faults: 0,
      warnings: 1,
      findings: [
        { group: "One", level: "ok", text: "fine", remedy: [] },
        { group: "One", level: "warning", text: "odd", remedy: ["do this", "then that"] },
      ],
    });
  });

  it("is what went wrong below fetch, which says of itself only that it failed", async () => {
    const answer = await asker(origin, unreachable, () => NOW)("/health");
    expect(answer).toEqual({ kind: "none", reason: "connect ECONNREFUSED" });
  });
});
