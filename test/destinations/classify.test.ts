// What an answer says of a delivery: the table on which Segment, Svix and RudderStack agree.
import { describe, expect, it } from "vitest";
import type { ResponseSummary } from "../../src/destinations/adapter.ts";
import { classify } from "../../src/destinations/classify.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const answer = (status: number, text = "", headers: HeadersInit = {}): ResponseSummary => ({
  kind: "response",
  status,
  headers: new Headers(headers),
  text,
});

describe("classify", () => {
  it.each([200, 201, 202, 204, 299])("takes %i for delivered", (status) => {
    expect(classify(answer(status), 1, NOW)).toEqual({ kind: "delivered", status });
  });

  it("tries again where there was no answer, and says why", () => {
    const outcome = classify({ kind: "no_response", reason: "it hung up" }, 1, NOW);
    expect(outcome).toEqual({ kind: "retry", status: null, error: "it hung up", afterMs: null });
  });

  it.each([301, 302, 303, 304, 307, 308, 408, 425, 429, 500, 501, 502, 503, 504, 599])(
    "tries again after %i",
    (status) => {
      const error = `HTTP ${status}`;
      expect(classify(answer(status), 1, NOW)).toEqual({
        kind: "retry",
        status,
        error,
        afterMs: null,
      });
    },
  );

  it.each([408, 425, 429, 503])("honours Retry-After with %i", (status) => {
    const seconds = classify(answer(status, "", { "retry-after": "120" }), 1, NOW);
    expect(seconds).toMatchObject({ kind: "retry", afterMs: 120_000 });
    const date = answer(status, "", { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" });
    expect(classify(date, 1, NOW)).toMatchObject({ kind: "retry", afterMs: 60_000 });
  });

  it.each([429, 503])("honours the reset of a used-up rate with %i", (status) => {
    const reset = String(NOW / 1000 + 60);
    expect(classify(answer(status, "", { "x-ratelimit-reset": reset }), 1, NOW)).toMatchObject({
      kind: "retry",
      afterMs: 60_000,
    });
  });

  it.each([200, 401, 404, 422])("makes nothing of a reset with %i", (status) => {
    const outcome = classify(answer(status, "", { "x-ratelimit-reset": "60" }), 1, NOW);
    expect(outcome).not.toHaveProperty("afterMs");
  });

  it.each([401, 403])("holds the destination after %i: its credentials are wrong", (status) => {
    expect(classify(answer(status, "no"), 100, NOW)).toEqual({
      kind: "held",
      status,
      reason: `the credentials were refused: HTTP ${status}: no`,
    });
  });

  it.each([404, 410])("holds the destination after %i: its endpoint is gone", (status) => {
    expect(classify(answer(status), 1, NOW)).toEqual({
      kind: "held",
      status,
      reason: `the endpoint is gone: HTTP ${status}`,
    });
  });

  it.each([400, 402, 405, 406, 409, 413, 415, 418, 422, 451, 499])(
    "takes %i for a refusal of the profile when it was alone, and splits a batch",
    (status) => {
      const error = `HTTP ${status}: bad phone`;
      const refused = answer(status, " bad phone\n");
      expect(classify(refused, 1, NOW)).toEqual({ kind: "rejected", status, error });
      expect(classify(refused, 2, NOW)).toEqual({ kind: "split", status, error });
    },
  );

  it("keeps at most 500 characters of what the CRM said", () => {
    const outcome = classify(answer(500, "x".repeat(8_000)), 1, NOW);
    expect(outcome).toMatchObject({ error: `HTTP 500: ${"x".repeat(500)}` });
  });
});
