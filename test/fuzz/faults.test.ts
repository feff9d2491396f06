// What fuzzing found, each by itself.
import { describe, expect, it } from "vitest";
import type { Answer } from "../../src/destinations/adapter.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import { maskAnswer } from "../../src/destinations/mask.ts";
import { readToken } from "../../src/destinations/oauth.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { answerOf, itemsOf } from "../support/adapters.ts";
import { deliveriesOf, NOW } from "../support/crms/calls.ts";
import { destinationTo, VENDORS } from "../support/crms/vendors.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const HOUR_MS = 60 * 60 * 1000;

function answersOf(
  format: string,
  answer: Answer,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const create = VENDORS[format];
  if (create === undefined) throw new Error(`no vendor ${format}`);
  const adapter = adapterOf(destinationTo(create(), changes));
  return adapter.outcomes(answer, itemsOf(adapter, deliveriesOf(12)), { now: NOW });
}

describe("what fuzzing found", () => {
  it("a sender does not name its own request, in answers and in the log", async () => {
    const { headers, text } = await relay.ask("/v1/destinations", {
      headers: { "x-request-id": "a-name-of-my-own" },
    });
    expect(`${headers.get("x-request-id")} ${text}`).not.toContain("a-name-of-my-own");
  });

  it.each([
    [1e300, "", 0],
    [0, "\ud800", 0],
    [0, "x".repeat(513), 0],
    [0, "", 1e300],
    [257, "", 0],
  ])("a cursor is a place that there may be: not %j", async (...place) => {
    const bytes = new TextEncoder().encode(JSON.stringify(place));
    const cursor = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    const { status } = await relay.ask(`/v1/destinations/one/dead-letters?cursor=${cursor}`, {
      headers,
    });
    expect(status).toBe(400);
  });

  it.each(["1e300", "1e308", `"${"9".repeat(400)}"`])(
    "a token that lasts %s seconds is used for a day",
    (lifetime) => {
      const answer = answerOf(200, `{"access_token":"abc","expires_in":${lifetime}}`);
      const access = readToken(answer, NOW, []);
      const expiresAt = access.kind === "token" ? access.expiresAt : null;
      expect(expiresAt).toBe(NOW + 24 * HOUR_MS - 60_000);
    },
  );

  it.each(["\ud800", "x".repeat(10_000), " "])("Klaviyo's job has a name for an address", (id) => {
    const outcomes = answersOf("klaviyo", answerOf(202, { data: { id } }));
    expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => "retry"));
  });

  it("a broken connection's reason is short", () => {
    const answer = maskAnswer({ kind: "no_response", reason: "x".repeat(2_000) }, []);
    expect(answer).toEqual({ kind: "no_response", reason: "x".repeat(500) });
  });

  it("Salesforce's answer is read at once, however many fields it says are missing", () => {
    const message = "REQUIRED_FIELD_MISSING ".repeat(40_000);
    const row = { success: false, errors: [{ statusCode: "X", message }] };
    const before = performance.now();
    const outcomes = answersOf(
      "salesforce",
      answerOf(
        200,
        Array.from({ length: 12 }, () => row),
      ),
      {
        update_only: true,
      },
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map(() => "rejected"));
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});
