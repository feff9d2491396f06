// POST /webhooks/gameball when all is well: what is accepted, and what a second look at it finds.
import { describe, expect, it } from "vitest";
import { PREVIOUS_SECRET_KEY, SECRET_KEY } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { inLedger, relay, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const updateAt = (digits: string) =>
  sampleWebhook({ created_at: `2024-11-19T17:34:42.297${digits}Z` });
const sample = JSON.stringify(sampleWebhook());

describe("POST /webhooks/gameball", () => {
  it("accepts the documented sample and gives it the first sequence", async () => {
    const { status, headers, body } = await relay.post(sample);
    expect(status).toBe(202);
    expect(headers.get("content-type")).toContain("application/json");
    expect(body).toEqual({
      outcome: "accepted",
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      sequence: 1,
    });
  });

  it("has the profile in the ledger as soon as it answers", async () => {
    const { event_id } = await relay.accept(sampleWebhook());
    expect(await inLedger("webhook-test")).toMatchObject({
      customer_id: "webhook-test",
      points: { activated: 90, pending: 10, total: 100 },
      event_id,
      sequence: 1,
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it("counts a newer update on", async () => {
    await relay.accept(update("ann", 0));
    expect(await relay.accept(update("ann", 1))).toMatchObject({ sequence: 2 });
    expect(await inLedger("ann")).toMatchObject({ sequence: 2, points: { total: 1 } });
  });

  it("counts each customer by itself", async () => {
    await relay.accept(update("ann", 5));
    expect(await relay.accept(update("bob", 1))).toMatchObject({ sequence: 1 });
  });

  it("calls the same webhook a duplicate, also when it is written otherwise", async () => {
    await relay.post(sample);
    const again = await relay.post(sample);
    expect([again.status, again.body]).toEqual([200, { outcome: "duplicate" }]);
    const rewritten = JSON.stringify(sampleWebhook({ gb_customer_id: "1234" }), null, 2);
    expect((await relay.post(rewritten)).body).toEqual({ outcome: "duplicate" });
  });

  it("calls an older update stale and keeps the newer", async () => {
    await relay.accept(update("ann", 2));
    const late = await relay.send(update("ann", 1));
    expect([late.status, late.body]).toEqual([200, { outcome: "stale" }]);
    expect(await inLedger("ann")).toMatchObject({ points: { total: 2 } });
  });

  it("takes the later arrival of two different updates of one instant", async () => {
    await relay.accept(update("ann", 1));
    await relay.accept(update("ann", 1, { total_points: 7 }));
    expect(await inLedger("ann")).toMatchObject({ sequence: 2, points: { total: 7 } });
    expect((await relay.send(update("ann", 1))).body).toEqual({ outcome: "duplicate" });
  });

  it("orders updates finer than a millisecond", async () => {
    await relay.accept(updateAt("1234"));
    expect((await relay.send(updateAt("1233"))).body).toEqual({ outcome: "stale" });
    expect(await relay.accept(updateAt("1235"))).toMatchObject({ sequence: 2 });
  });

  it("ignores the other topic that comes to the same URL", async () => {
    const body = { event: "customer.notification.push", client_id: "2155", data: [{ title: "x" }] };
    const { status, body: answer } = await relay.send(body);
    expect([status, answer]).toEqual([200, { outcome: "ignored" }]);
  });

  it.each([
    ["the secret key", SECRET_KEY, (digits: string) => digits],
    ["the previous key", PREVIOUS_SECRET_KEY, (digits: string) => digits],
    ["upper-case digits", SECRET_KEY, (digits: string) => digits.toUpperCase()],
  ])("takes a signature with %s", async (_, key, write) => {
    const signature = write(await signBody(sample, key));
    expect((await relay.post(sample, { "x-gb-signature": signature })).status).toBe(202);
  });

  it("takes a signature of the body as JavaScript writes it again", async () => {
    const spaced = JSON.stringify(sampleWebhook(), null, 2);
    const headers = { "x-gb-signature": await signBody(sample) };
    expect((await relay.post(spaced, headers)).status).toBe(202);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"])(
    "does not mind the content type %s",
    async (contentType) => {
      const headers = { "x-gb-signature": await signBody(sample), "content-type": contentType };
      expect((await relay.post(sample, headers)).status).toBe(202);
    },
  );

  it("takes a body of exactly 64 KiB", async () => {
    const empty = JSON.stringify(sampleWebhook({ filler: "" }));
    const filler = "x".repeat(64 * 1024 - empty.length);
    const body = JSON.stringify(sampleWebhook({ filler }));
    expect(body).toHaveLength(64 * 1024);
    expect((await relay.post(body)).status).toBe(202);
  });

  it("keeps the digits of an id beyond 2^53", async () => {
    const body = sample.replace('"webhook-test"', "9007199254740993");
    expect((await relay.post(body)).status).toBe(202);
    expect(await inLedger("9007199254740993")).toMatchObject({ customer_id: "9007199254740993" });
    expect(await inLedger("9007199254740992")).toBeNull();
  });
});
