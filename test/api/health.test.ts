// GET /health: whether the relay is configured, for everybody to see, and nothing more.
import { describe, expect, it, vi } from "vitest";
import { API_TOKEN, SECRET_KEY } from "../support/bindings.ts";
import { expectProblem } from "../support/problems.ts";
import { relay, relayWith } from "../support/relay-in-workerd.ts";

describe("GET /health", () => {
  it("answers 200 without a token", async () => {
    const { status, headers, body } = await relay.ask("/health");
    expect([status, body]).toEqual([200, { status: "ok" }]);
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("answers 503 with every fault of the configuration, and logs them", async () => {
    const log = vi.spyOn(console, "log");
    const wrong = relayWith({ API_TOKEN: "", LEDGER_PARTITIONS: "many", PROFILES: undefined });
    const { status, body } = await wrong.ask("/health");
    expect(status).toBe(503);
    expect(body).toEqual({
      status: "misconfigured",
      faults: [
        { pointer: "/PROFILES", detail: "the binding is missing in wrangler.toml: PROFILES" },
        { pointer: "/API_TOKEN", detail: "is not set: npx wrangler secret put API_TOKEN" },
        { pointer: "/LEDGER_PARTITIONS", detail: "must be a number" },
      ],
    });
    const lines = JSON.stringify(log.mock.calls);
    expect(lines).toContain("configuration.invalid");
    expect(lines).toContain("/LEDGER_PARTITIONS");
  });

  it("shows no secret, wherever it was put", async () => {
    const log = vi.spyOn(console, "log");
    const wrong = relayWith({
      LEDGER_PARTITIONS: SECRET_KEY,
      ALLOW_INSECURE_DESTINATIONS: API_TOKEN,
      DESTINATIONS: [{ id: API_TOKEN, url: "http://${ONE_TOKEN}", headers: { a: SECRET_KEY } }],
    });
    const { text } = await wrong.ask("/health");
    for (const secret of [SECRET_KEY, API_TOKEN, "one-token"]) {
      expect(text + JSON.stringify(log.mock.calls)).not.toContain(secret);
    }
  });

  it.each(["POST", "DELETE"])("is nothing that one can %s", async (method) => {
    expectProblem(await relay.ask("/health", { method }), 404, "not-found");
  });
});

describe("every problem", () => {
  it("has a request id of its own", async () => {
    const problems = [await relay.ask("/nothing"), await relay.ask("/nothing")];
    const ids = problems.map(({ body }) => (body as { request_id: string }).request_id);
    expect(new Set(ids).size).toBe(2);
  });
});
