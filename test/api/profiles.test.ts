// GET /v1/profiles/{customer_id}: where the profile comes from, and when it need not be sent again.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { expectProblem } from "../support/problems.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { sampleProfile } from "../support/samples.ts";

withRelay();

const SAMPLE = "/v1/profiles/webhook-test";

/** The tag of a profile, of the sample's unless told otherwise, as it is now. */
async function tagOf(path = SAMPLE): Promise<string> {
  return (await relay.get(path)).headers.get("etag") ?? "";
}

describe("GET /v1/profiles/{customer_id}", () => {
  it("answers the profile of the contract", async () => {
    const { event_id } = await relay.accept(sampleWebhook());
    const { status, headers, body } = await relay.get(SAMPLE);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("application/json");
    expect(body).toEqual(
      sampleProfile({ event_id, received_at: expect.stringMatching(/Z$/) as string }),
    );
  });

  it("answers the very value that KV holds", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    expect((await relay.get(SAMPLE)).body).toEqual(await env.PROFILES.get("webhook-test", "json"));
  });

  it("prefers what KV holds, and asks the ledger at once for strong consistency", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await env.PROFILES.put("ann", JSON.stringify(sampleProfile({ email: "from-kv" })));
    expect((await relay.profile("ann"))?.email).toBe("from-kv");
    expect((await relay.profile("ann", "strong"))?.email).toBe("customer@example.com");
    const odd = await relay.get(`${profilePath("ann")}?consistency=other`);
    expect(odd.body).toMatchObject({ email: "from-kv" });
  });

  it.each(["not JSON", "{}", '{"customer_id":"ann"}', "[]", ""])(
    "passes over %j in KV, which is no profile",
    async (value) => {
      await relay.accept(update("ann", 1));
      await relay.stands("ann", "synced");
      await env.PROFILES.put("ann", value);
      expect((await relay.profile("ann"))?.points.total).toBe(1);
    },
  );

  it("answers from the ledger until KV knows the customer", async () => {
    await relay.accept(update("ann", 1));
    expect((await relay.profile("ann"))?.points.total).toBe(1);
  });

  it("answers 404 for a customer whom nobody knows", async () => {
    for (const path of ["/v1/profiles/nobody", "/v1/profiles/nobody?consistency=strong"]) {
      expectProblem(await relay.get(path), 404, "not-found");
    }
    expectProblem(await relay.get("/v1/profiles/nobody/deliveries"), 404, "not-found");
  });

  it("keeps the profile out of everybody's caches but the reader's own", async () => {
    await relay.accept(sampleWebhook());
    expect((await relay.get(SAMPLE)).headers.get("cache-control")).toBe("private, no-cache");
  });

  it("answers HEAD like GET, without the body", async () => {
    await relay.accept(sampleWebhook());
    const get = await relay.get(SAMPLE);
    const authorization = "Bearer test-api-token";
    const head = await relay.ask(SAMPLE, { method: "HEAD", headers: { authorization } });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers.get("etag")).toBe(get.headers.get("etag"));
  });
});

describe("the ETag", () => {
  it("is the same from KV and from the ledger, as long as the profile is", async () => {
    await relay.accept(sampleWebhook());
    const tag = await tagOf();
    expect(tag).toMatch(/^"[0-9a-f]+"$/);
    await relay.stands("webhook-test", "synced");
    expect(await tagOf()).toBe(tag);
    expect(await tagOf(`${SAMPLE}?consistency=strong`)).toBe(tag);
  });

  it.each([
    ["itself", (tag: string) => tag],
    ["itself among others", (tag: string) => `"other", ${tag}, "more"`],
    ["itself as a weak tag", (tag: string) => `W/${tag}`],
    ["a weak list", (tag: string) => `W/"other",W/${tag}`],
    ["anything", () => "*"],
  ])("gets 304 without a body for If-None-Match with %s", async (_, header) => {
    await relay.accept(sampleWebhook());
    const tag = await tagOf();
    const answer = await relay.get(SAMPLE, { "if-none-match": header(tag) });
    expect([answer.status, answer.text]).toEqual([304, ""]);
    expect(answer.headers.get("etag")).toBe(tag);
    expect(answer.headers.get("cache-control")).toBe("private, no-cache");
  });

  it.each(['"other"', 'W/"other"', "nonsense", '""'])(
    "does not get 304 for If-None-Match %s",
    async (header) => {
      await relay.accept(sampleWebhook());
      expect((await relay.get(SAMPLE, { "if-none-match": header })).status).toBe(200);
    },
  );

  it("is another after an update, so that the old one gets the new profile", async () => {
    await relay.accept(update("ann", 1));
    const before = await tagOf(profilePath("ann"));
    await relay.accept(update("ann", 2));
    await eventually(async () => {
      const answer = await relay.get(profilePath("ann"), { "if-none-match": before });
      expect([answer.status, answer.body]).toMatchObject([200, { points: { total: 2 } }]);
    });
  });

  it("does not turn a 404 into anything else", async () => {
    const answer = await relay.get("/v1/profiles/nobody", { "if-none-match": "*" });
    expectProblem(answer, 404, "not-found");
  });
});
