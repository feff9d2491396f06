import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sampleWebhook, signBody } from "../support/gameball.ts";

describe("POST /webhooks/gameball", () => {
  it("accepts the documented sample and gives it the first sequence", async () => {
    const body = JSON.stringify(sampleWebhook());
    const response = await exports.default.fetch("https://relay.test/webhooks/gameball", {
      method: "POST",
      headers: { "x-gb-signature": await signBody(body) },
      body,
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ outcome: "accepted", sequence: 1 });
  });
});
