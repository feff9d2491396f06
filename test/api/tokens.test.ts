// Who may ask what under /v1.
import { describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { expectProblem } from "../support/problems.ts";
import { inLedger, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const SAMPLE = "/v1/profiles/webhook-test";
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("under /v1", () => {
  it.each([
    ["no header", {}],
    ["an empty header", { authorization: "" }],
    ["no token", { authorization: "Bearer" }],
    ["a blank token", { authorization: "Bearer  " }],
    ["a wrong token", { authorization: "Bearer wrong" }],
    ["a longer token", { authorization: `Bearer ${API_TOKEN}x` }],
    ["a shorter token", { authorization: `Bearer ${API_TOKEN.slice(0, -1)}` }],
    ["another case of the token", { authorization: `Bearer ${API_TOKEN.toUpperCase()}` }],
    ["the token alone", { authorization: API_TOKEN }],
    ["two tokens", { authorization: `Bearer ${API_TOKEN} ${API_TOKEN}` }],
    ["a list of tokens", { authorization: `Bearer wrong, Bearer ${API_TOKEN}` }],
    ["another scheme", { authorization: `Basic ${API_TOKEN}` }],
    ["the right password", { authorization: `Basic ${btoa(`api:${API_TOKEN}`)}` }],
    ["another header", { "x-api-key": API_TOKEN }],
  ])("%s is answered 401", async (_, headers) => {
    await relay.accept(sampleWebhook());
    for (const path of [SAMPLE, "/v1/profiles/nobody", `${SAMPLE}/deliveries`, "/v1/nothing"]) {
      const answer = await relay.ask(path, { headers });
      expectProblem(answer, 401, "unauthorized");
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="gameball-relay"');
    }
    expectProblem(await relay.ask(SAMPLE, { method: "DELETE", headers }), 401, "unauthorized");
    expect(await inLedger("webhook-test")).not.toBeNull();
  });

  it("a token in the query is no token", async () => {
    const path = `${SAMPLE}?access_token=${API_TOKEN}&token=${API_TOKEN}`;
    expectProblem(await relay.ask(path), 401, "unauthorized");
  });

  it.each(["Bearer ", "bearer ", "BEARER   "])("the scheme may be written %j", async (scheme) => {
    await relay.accept(sampleWebhook());
    const headers = { authorization: scheme + API_TOKEN };
    expect((await relay.ask(SAMPLE, { headers })).status).toBe(200);
  });

  it("the read token may read", async () => {
    await relay.accept(sampleWebhook());
    for (const path of [SAMPLE, `${SAMPLE}/deliveries`]) {
      expect((await relay.ask(path, bearer(API_READ_TOKEN))).status).toBe(200);
      const head = { ...bearer(API_READ_TOKEN), method: "HEAD" };
      expect((await relay.ask(path, head)).status).toBe(200);
    }
  });

  it.each(["DELETE", "POST", "PUT", "PATCH"])("the read token may not %s", async (method) => {
    await relay.accept(sampleWebhook());
    const answer = await relay.ask(SAMPLE, { ...bearer(API_READ_TOKEN), method });
    expectProblem(answer, 403, "read-only");
    expect(await inLedger("webhook-test")).not.toBeNull();
  });

  it("there is no read token unless one is configured", async () => {
    const without = relayWith({ API_READ_TOKEN: "" });
    for (const token of [API_READ_TOKEN, "", "null", "undefined"]) {
      expectProblem(await without.ask(SAMPLE, bearer(token)), 401, "unauthorized");
    }
    expect((await without.ask(SAMPLE, bearer(API_TOKEN))).status).toBe(404);
  });

  it("nobody is let in while the configuration is wrong", async () => {
    const wrong = relayWith({ API_TOKEN: "" });
    for (const token of ["", API_TOKEN, API_READ_TOKEN]) {
      expectProblem(await wrong.ask(SAMPLE, bearer(token)), 503, "not-configured");
    }
  });
});
