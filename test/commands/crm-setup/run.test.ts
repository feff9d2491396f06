// What a person is told, and what is sent: nothing in a dry run, and nothing counts but what the CRM shows.
import { describe, expect, it } from "vitest";
import { setUp } from "../../../src/commands/crm-setup/run.ts";
import type { RequestSpec, ResponseSummary } from "../../../src/destinations/adapter.ts";
import type { Destination } from "../../../src/destinations/destination.ts";
import type { Access } from "../../../src/destinations/oauth.ts";
import { answerOf } from "../../support/adapters.ts";
import { crmDestination } from "../../support/crm-setup.ts";
import { sampleDestination } from "../../support/samples.ts";

type Reply = ResponseSummary | Exclude<Access, { kind: "token" }>;

const TIER = { name: "tier", type: "string" };
const destination = crmDestination(
  { fields: [{ name: "tier", path: "tier.name" }] },
  { format: "hubspot" },
);

/** Runs it against a CRM that gives these replies in turn. */
async function run(of: Destination, replies: readonly Reply[], isDryRun = false) {
  const sent: RequestSpec[] = [];
  const lines: string[] = [];
  const ask = async (spec: RequestSpec) => {
    const reply = replies[sent.length];
    sent.push(spec);
    if (reply === undefined) throw new Error(`nobody answers ${spec.method} ${spec.url}`);
    return Promise.resolve(reply);
  };
  const isInPlace = await setUp(of, { ask, say: (line) => lines.push(line), isDryRun });
  return { isInPlace, sent: sent.map(({ method }) => method), lines };
}

const list = (...results: object[]) => answerOf(200, { results });

describe("setting up a CRM", () => {
  it("ends with the first look where everything is in place", async () => {
    const { isInPlace, sent, lines } = await run(destination, [list(TIER)]);
    expect([isInPlace, sent]).toEqual([true, ["GET"]]);
    expect(lines).toEqual([
      "acme-crm: HubSpot at https://crm.example.com, customers by email",
      "GET https://crm.example.com/crm/v3/properties/contacts",
      "The credentials are accepted.",
      "in place: tier (string)",
      "Everything is in place.",
    ]);
  });

  it("creates what is missing, and looks again", async () => {
    const { isInPlace, sent, lines } = await run(destination, [
      list(),
      answerOf(201, {}),
      list(TIER),
    ]);
    expect([isInPlace, sent]).toEqual([true, ["GET", "POST", "GET"]]);
    expect(lines.slice(3)).toEqual([
      "missing: tier (string)",
      expect.stringMatching(/^POST https:.*\/batch\/create \{"inputs":\[\{"name":"tier",/),
      "GET https://crm.example.com/crm/v3/properties/contacts",
      "in place: tier (string)",
      "Everything is in place.",
    ]);
  });

  it("believes no answer, but what the second look shows", async () => {
    const { isInPlace, lines } = await run(destination, [list(), answerOf(201, {}), list()]);
    expect(isInPlace).toBe(false);
    expect(lines.slice(-2)).toEqual([
      "missing: tier (string)",
      "Not everything is in place: one thing is left.",
    ]);
  });

  it("repeats the vendor's words of what was refused", async () => {
    const errors = [{ category: "LIMIT", message: "too many properties" }];
    for (const refusal of [
      answerOf(207, { errors }),
      answerOf(403, "LIMIT: too many properties"),
    ]) {
      const { isInPlace, lines } = await run(destination, [list(), refusal, list()]);
      expect(isInPlace).toBe(false);
      expect(lines).toContainEqual(
        expect.stringMatching(/^refused: .*LIMIT: too many properties$/),
      );
    }
  });

  it("changes nothing in a dry run, and shows what it would send", async () => {
    const { isInPlace, sent, lines } = await run(destination, [list()], true);
    expect([isInPlace, sent]).toEqual([false, ["GET"]]);
    expect(lines).toContain("This is a dry run: nothing is changed, what only reads is asked.");
    expect(lines).toContainEqual(expect.stringMatching(/^would send: POST https:.*"name":"tier"/));
  });

  it("says what is left for a person", async () => {
    const there = list({ name: "tier", type: "date" });
    const { isInPlace, lines } = await run(destination, [there]);
    expect(isInPlace).toBe(false);
    expect(lines).toContainEqual(expect.stringMatching(/^to do: tier \(date\): /));
    expect(lines.at(-1)).toBe("Not everything is in place: one thing is left.");
  });

  it("is not held up by what is only a note", async () => {
    const points = crmDestination(
      { fields: [{ name: "points", path: "points.total" }] },
      { format: "hubspot" },
    );
    const { isInPlace, lines } = await run(points, [list({ name: "points", type: "string" })]);
    expect(isInPlace).toBe(true);
    expect(lines).toContainEqual(expect.stringMatching(/^note: points/));
  });

  it.each<[string, Reply, string, boolean]>([
    ["refuses the credentials", answerOf(401, "who are you?"), "HTTP 401: who are you?", true],
    ["lacks a scope", answerOf(403, "MISSING_SCOPES"), "HTTP 403: MISSING_SCOPES", true],
    ["gives no token", { kind: "held", status: 400, reason: "no token" }, "no token", true],
    ["is busy", answerOf(503, "later"), "HTTP 503: later", false],
    [
      "gives no token yet",
      { kind: "retry", status: null, error: "busy", afterMs: null },
      "busy",
      false,
    ],
    ["does not answer", { kind: "no_response", reason: "no route" }, "no route", false],
    ["redirects", answerOf(302), "HTTP 302", false],
  ])("ends where the CRM %s", async (_what, reply, words, isRefusal) => {
    const { isInPlace, sent, lines } = await run(destination, [reply]);
    expect([isInPlace, sent]).toEqual([false, ["GET"]]);
    expect(lines).toContain(`failed: ${words}`);
    expect(lines.some((line) => line.startsWith("It needs the scopes"))).toBe(isRefusal);
  });

  it("ends where an answer is not understood", async () => {
    const { isInPlace, lines } = await run(destination, [answerOf(200, "<html>")]);
    expect(isInPlace).toBe(false);
    expect(lines.at(-1)).toBe("failed: HTTP 200: <html> (the answer is not understood)");
  });

  it.each(["braze", "segment"] as const)(
    "asks nothing of %s, and points at the test",
    async (format) => {
      const { isInPlace, sent, lines } = await run(crmDestination({}, { format }), []);
      expect([isInPlace, sent]).toEqual([true, []]);
      expect(lines.join(" ")).toMatch(
        /tries the credentials.*POST \/v1\/destinations\/acme-crm\/test/,
      );
    },
  );

  it("has nothing to do for those that get events", async () => {
    const { isInPlace, sent, lines } = await run(sampleDestination(), []);
    expect([isInPlace, sent]).toEqual([true, []]);
    expect(lines.join(" ")).toContain("POST /v1/destinations/acme-crm/test");
  });
});
