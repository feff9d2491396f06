// POST /webhooks/gameball against those who are not Gameball, and what answers give away.
import { describe, expect, it, vi } from "vitest";
import { API_TOKEN, SECRET_KEY } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { expectProblem } from "../support/problems.ts";
import { inLedger, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const sample = JSON.stringify(sampleWebhook());
const signed = async (body: string) => ({ "x-gb-signature": await signBody(body) });

/** An answer without what differs between any two requests. */
function withoutId(text: string): string {
  return text.replace(/"request_id":"[^"]+"/, "");
}

describe("401", () => {
  it.each([
    ["no signature", {}],
    ["an empty one", { "x-gb-signature": "" }],
    ["a wrong one", { "x-gb-signature": "0".repeat(40) }],
    ["one that is no hex", { "x-gb-signature": "z".repeat(40) }],
    ["a short one", { "x-gb-signature": "00" }],
    ["another header", { "x-hub-signature": "0".repeat(40) }],
    ["the API's token", { authorization: `Bearer ${API_TOKEN}` }],
  ])("answers a webhook with %s", async (_, headers) => {
    expectProblem(await relay.post(sample, headers), 401, "invalid-signature");
    expect(await inLedger("webhook-test")).toBeNull();
  });

  it("says the same whether the signature is missing or wrong", async () => {
    const missing = await relay.post(sample, {});
    const wrong = await relay.post(sample, { "x-gb-signature": "0".repeat(40) });
    expect(withoutId(wrong.text)).toBe(withoutId(missing.text));
  });

  it("answers the signature of another key, of another body, and a plain hash", async () => {
    const forged = [
      await signBody(sample, "other-key"),
      await signBody(`${sample} `),
      await signBody(sample, ""),
      await signBody(sample, `${SECRET_KEY}x`),
    ];
    for (const signature of forged) {
      const answer = await relay.post(sample, { "x-gb-signature": signature });
      expectProblem(answer, 401, "invalid-signature");
    }
  });

  it("answers the previous key once it is not configured any more", async () => {
    const rotated = relayWith({ GAMEBALL_SECRET_KEY_PREVIOUS: "" });
    const signature = await signBody(sample, "test-previous-secret-key");
    expectProblem(
      await rotated.post(sample, { "x-gb-signature": signature }),
      401,
      "invalid-signature",
    );
  });

  it("comes before everything that a body could give away", async () => {
    for (const body of ["nonsense", "{}", JSON.stringify({ event: "other" })]) {
      expectProblem(await relay.post(body, {}), 401, "invalid-signature");
    }
    const other = relayWith({ GAMEBALL_CLIENT_ID: "1" });
    expectProblem(await other.post(sample, {}), 401, "invalid-signature");
  });
});

describe("answers and logs", () => {
  const personal = "jane.doe@example.com";
  const odd = [
    `{"event":"${personal}","customer_id":"${personal}`,
    JSON.stringify(sampleWebhook({ customer_id: [personal], created_at: personal })),
    JSON.stringify(sampleWebhook({ data: { [personal]: personal, email: [personal] } })),
    JSON.stringify({ event: personal, customer_id: personal }),
    JSON.stringify(sampleWebhook({ customer_id: personal })),
    JSON.stringify(sampleWebhook({ customer_id: personal, created_at: "2020-01-01T00:00:00Z" })),
  ];

  it("repeat nothing personal, whatever becomes of the webhook", async () => {
    const log = vi.spyOn(console, "log");
    const error = vi.spyOn(console, "error");
    const statuses: number[] = [];
    for (const body of odd) {
      const answer = await relay.post(body);
      statuses.push(answer.status);
      expect(answer.text).not.toContain("jane");
      expect(JSON.stringify([...answer.headers])).not.toContain("jane");
    }
    expect(statuses).toEqual([400, 422, 422, 200, 202, 200]);
    await relay.stands(personal, "synced");
    const lines = JSON.stringify([...log.mock.calls, ...error.mock.calls]);
    expect(lines).toContain("webhook.received");
    expect(lines).toContain("delivery.attempted");
    expect(lines).not.toContain("jane");
  });

  it("repeat no secret, whatever was refused", async () => {
    const log = vi.spyOn(console, "log");
    const answers = [
      await relay.post(sample, { "x-gb-signature": "0".repeat(40) }),
      await relay.post(sample, { "x-gb-signature": SECRET_KEY }),
      await relay.post("nonsense", await signed("nonsense")),
      await relayWith({ API_TOKEN: "" }).post(sample),
    ];
    const texts = JSON.stringify([answers, log.mock.calls]);
    for (const secret of [SECRET_KEY, API_TOKEN, "one-token"]) expect(texts).not.toContain(secret);
  });

  it("carry headers that keep browsers from making anything of them", async () => {
    const { headers } = await relay.post(sample, {});
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});
