// Access tokens: how one is asked for, and what every kind of answer gives.
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { readToken, requestToken } from "../../src/destinations/oauth.ts";
import { answerOf } from "../support/adapters.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const SECRET = "client-secret-0123456789";

const read = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  readToken(answerOf(status, body, headers), NOW, [SECRET]);

const granted = (body: object) => read(200, { access_token: "t0k3n!", ...body });

describe("requestToken", () => {
  it("posts the grant as a form, for an answer in JSON", () => {
    const form = {
      grant_type: "refresh_token",
      refresh_token: "1000.a b&c",
      client_secret: "s=%+é",
    };
    const tokenUrl = "https://accounts.example.com/oauth/v2/token";
    expect(requestToken({ tokenUrl, form, scheme: "Bearer" })).toEqual({
      method: "POST",
      url: tokenUrl,
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": `gameball-relay/${manifest.version}`,
      },
      body: "grant_type=refresh_token&refresh_token=1000.a+b%26c&client_secret=s%3D%25%2B%C3%A9",
    });
  });
});

describe("a token", () => {
  it.each([
    ["an hour, but for the last minute", { expires_in: 3_600 }, 3_540],
    ["a number of seconds that is a text", { expires_in: "3600" }, 3_540],
    ["half an hour where nothing is said", {}, 1_740],
    ["half an hour where nothing is known", { expires_in: null }, 1_740],
    ["half of a life that is shorter than two minutes", { expires_in: 90 }, 45],
    ["no time at all", { expires_in: 0 }, 0],
  ])("may be used for %s", (_, body, seconds) => {
    const expiresAt = NOW + seconds * 1000;
    expect(granted(body)).toEqual({ kind: "token", token: "t0k3n!", expiresAt });
  });

  it("expires at a whole millisecond, so that it can be stored", () => {
    expect(granted({ expires_in: 3_599.000_4 })).toMatchObject({
      expiresAt: NOW + 3_539_000,
    });
  });

  it("is taken whatever else is answered, though a secret is in it", () => {
    const answer = { scope: SECRET, instance_url: "https://x", issued_at: "1", signature: SECRET };
    expect(granted(answer)).toMatchObject({ kind: "token", token: "t0k3n!" });
  });
});

describe("a refusal", () => {
  const invalid = { error: "invalid_grant", error_description: "expired access/refresh token" };

  it.each([
    ["Salesforce's 400", 400, invalid],
    ["Zoho's 200", 200, { error: "invalid_code" }],
    ["a 401", 401, { error: "invalid_client" }],
    ["a 403", 403, "forbidden"],
    ["a token endpoint that is not there", 404, "not found"],
  ])("is what %s means, and holds the destination", (_, status, body) => {
    const words = typeof body === "string" ? body : JSON.stringify(body);
    expect(read(status, body)).toEqual({
      kind: "held",
      status,
      reason: `the access token was refused: HTTP ${status}: ${words}`,
    });
  });

  it("names no secret that the answer repeats, not even the half that a cut would leave", () => {
    const text = `${"x".repeat(490)}${SECRET}`;
    expect(read(400, text)).toMatchObject({
      reason: `the access token was refused: HTTP 400: ${"x".repeat(490)}***`,
    });
  });
});

describe("no token, which may go better later", () => {
  it("is what no answer means", () => {
    const reason = `the connection failed: no host ${SECRET}`;
    expect(readToken({ kind: "no_response", reason }, NOW, [SECRET])).toEqual({
      kind: "retry",
      status: null,
      error: "no access token: the connection failed: no host ***",
      afterMs: null,
    });
  });

  it.each([500, 502, 503, 504, 302, 408])("is what a %d means", (status) => {
    expect(read(status, "down")).toEqual({
      kind: "retry",
      status,
      error: `no access token: HTTP ${status}: down`,
      afterMs: null,
    });
  });

  it("waits as long as a 429 asks, and two minutes where it does not say", () => {
    expect(read(429, "slow", { "retry-after": "7" })).toMatchObject({ afterMs: 7_000 });
    expect(read(429, "slow")).toMatchObject({ kind: "retry", afterMs: 120_000 });
  });

  const tooMany = {
    error: "Access Denied",
    error_description:
      "You have made too many requests continuously. Please try again after some time.",
    status: "failure",
  };

  it.each([
    ["Zoho's limit", 400, tooMany],
    ["Zoho's limit, in a 200", 200, tooMany],
    [
      "Salesforce's login rate",
      400,
      { error: "invalid_grant", error_description: "login rate exceeded" },
    ],
    [
      "Salesforce's passing error",
      400,
      { error: "unknown_error", error_description: "retry your request" },
    ],
    ["RFC 6749's", 400, { error: "temporarily_unavailable" }],
    ["RFC 6749's other", 400, { error: "server_error" }],
  ])("is what %s means: everybody waits two minutes", (_, status, body) => {
    expect(read(status, body)).toEqual({
      kind: "retry",
      status,
      error: `no access token: HTTP ${status}: ${JSON.stringify(body)}`,
      afterMs: 120_000,
    });
  });

  it.each([
    ["a page", "<html>Maintenance</html>"],
    ["nothing", ""],
    ["JSON without a token", { ok: true }],
    ["a token that is a number", { access_token: 7 }],
    ["an empty token", { access_token: "" }],
    ["a token that no header can carry", { access_token: "a\r\nx: y" }],
    ["a life that is no number", { access_token: "t0k3n!", expires_in: "soon" }],
    ["a life before its birth", { access_token: "t0k3n!", expires_in: -5 }],
    ["an answer that was cut off", '{"access_token":"t0k3n!","expires_in":36'],
  ])("is what a 200 with %s means, and shows no token", (_, body) => {
    const found = read(200, body);
    expect(found).toMatchObject({ kind: "retry", status: 200, afterMs: null });
    expect(JSON.stringify(found)).not.toMatch(/t0k3n|x: y/);
  });

  it("shows no token that came with a status that is none of success", () => {
    const found = read(500, { access_token: "t0k3n!", refresh_token: "r3fr3sh" });
    expect(found).toMatchObject({ kind: "retry", status: 500 });
    expect(JSON.stringify(found)).not.toMatch(/t0k3n|r3fr3sh/);
  });
});
