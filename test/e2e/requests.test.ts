// What a CRM receives, byte for byte: headers, signatures, single events and arrays, and the changes
// against what this very CRM acknowledged last.
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SIGNING_SECRET } from "../support/bindings.ts";
import { inParallel } from "../support/eventually.ts";
import { FakeCrm, type CrmRequest } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer } from "../support/replies.ts";

const SINGLE_TOKEN = 'the "single" $secret ${of} \\nobody';

const single = await FakeCrm.open();
const many = await FakeCrm.open();
const tiers = await FakeCrm.open();
let relay: Relay;

beforeAll(async () => {
  relay = await Relay.start({
    SIGNING_SECRET,
    SINGLE_TOKEN,
    DESTINATIONS: [
      {
        id: "single",
        url: `${single.url}?shop=1`,
        headers: { authorization: "Bearer ${SINGLE_TOKEN}", "x-shop": "north" },
        signing_secret: "${SIGNING_SECRET}",
      },
      { id: "many", url: many.url, batch: 100, signing_secret: "${SIGNING_SECRET}" },
      { id: "tiers", url: tiers.url, only_on: ["tier", "points.pending"] },
    ],
  });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all([single, many, tiers].map(async (crm) => crm.close()));
});

/** What a CRM was told to have changed, event by event. */
function changesAt(crm: FakeCrm, customerId: string) {
  return crm.eventsOf(customerId).map(({ data }) => data.changes);
}

/** The signature that Standard Webhooks prescribes, computed by other means than the relay's. */
function expectedSignature({ headers, body }: CrmRequest): string {
  const key = Buffer.from(SIGNING_SECRET.replace("whsec_", ""), "base64");
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

describe("a request to a CRM", () => {
  it("is the event that the contract describes, named, signed and with the CRM's own headers", async () => {
    const { event_id: eventId } = await relay.accept({ ...update("ann", 0), loyal_since: 2019 });
    await relay.isSynced("ann", "single", 1);
    const [request] = single.requestsOf("ann");
    const packageJson = await readFile(
      join(dirname(dirname(import.meta.dirname)), "package.json"),
      "utf8",
    );
    const { version } = JSON.parse(packageJson) as { version: string };
    expect(request?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": `gameball-relay/${version}`,
      "webhook-id": eventId,
      authorization: `Bearer ${SINGLE_TOKEN}`,
      "x-shop": "north",
    });
    expect(request?.headers["webhook-signature"]).toBe(request && expectedSignature(request));
    const seconds = Number(request?.headers["webhook-timestamp"]);
    expect(Math.abs(seconds - (request?.at ?? 0) / 1000)).toBeLessThan(30);
    expect(request?.events).toEqual([
      {
        id: eventId,
        type: "customer.profile.updated",
        timestamp: "2026-01-01T00:00:00.000Z",
        data: { ...(await relay.profile("ann", "strong")), changes: null },
      },
    ]);
    expect(request?.events[0]?.data).toEqual({
      customer_id: "ann",
      gb_customer_id: "1234",
      client_id: "2155",
      email: "customer@example.com",
      mobile_number: "+XX-XXXX-XXXX",
      tier: { name: "basic", order: 1 },
      points: { activated: 90, pending: 10, total: 0 },
      referral: { code: "referral_123", link: "www.example.com" },
      attributes: { loyal_since: 2019 },
      event_id: eventId,
      sequence: 1,
      occurred_at: "2026-01-01T00:00:00.000Z",
      received_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      changes: null,
    });
  });

  it("keeps its webhook-id for every attempt at one sequence, and is signed anew", async () => {
    single.replyTo("bob", answer(500), answer(429));
    const { event_id: eventId } = await relay.accept(update("bob", 0));
    await relay.isSynced("bob", "single", 1);
    const requests = single.requestsOf("bob");
    expect(requests.map(({ headers }) => headers["webhook-id"])).toEqual(Array(3).fill(eventId));
    for (const request of requests) {
      expect(request.headers["webhook-signature"]).toBe(expectedSignature(request));
    }
    const next = await relay.accept(update("bob", 1));
    await relay.isSynced("bob", "single", 2);
    expect(next.event_id).not.toBe(eventId);
    expect(single.requestsOf("bob").at(-1)?.headers["webhook-id"]).toBe(next.event_id);
  });

  it("is an array with one signature over all of it where the CRM takes batches", async () => {
    const customers = Array.from({ length: 30 }, (_, n) => `batched-${n}`);
    many.replyTo("carl", answer(503, "", { "retry-after": "3" }));
    await relay.accept(update("carl", 0));
    await relay.becomes("carl", "many", { last_status: 503 });
    await inParallel(customers, 8, async (customer) => {
      await relay.accept(update(customer, 0));
    });
    for (const customer of customers) await relay.isSynced(customer, "many", 1);
    const shared = many.requests.filter(({ events }) => events.length > 1);
    expect(shared).not.toEqual([]);
    for (const request of many.requests) {
      const isAlone = request.events.length === 1;
      expect(JSON.parse(request.body)).toEqual(request.events);
      expect(request.headers["webhook-signature"]).toBe(expectedSignature(request));
      expect(request.headers["webhook-id"]).toMatch(isAlone ? /^evt_/ : /^batch_/);
    }
    expect(many.requests.flatMap(({ events }) => events).map(({ id }) => id)).toContain(
      (await relay.profile("batched-7", "strong"))?.event_id,
    );
    expect(single.requests.filter(({ body }) => body.startsWith("["))).toEqual([]);
  });

  it("tells the changes against what this CRM acknowledged last, not against what others did", async () => {
    await relay.accept(update("dora", 10));
    await relay.isSynced("dora", "single", 1);
    await relay.isSynced("dora", "many", 1);
    single.replyTo("dora", answer(422, "not now"));
    await relay.accept(update("dora", 20, { tier_name: "gold", tier_order: 2 }));
    await relay.isSynced("dora", "many", 2);
    await relay.becomes("dora", "single", { state: "dead" });
    await relay.accept(update("dora", 30, { tier_name: "gold", tier_order: 2, email: null }));
    await relay.isSynced("dora", "single", 3);
    await relay.isSynced("dora", "many", 3);
    const tier = {
      "tier.name": { from: "basic", to: "gold" },
      "tier.order": { from: 1, to: 2 },
    };
    const email = { email: { from: "customer@example.com", to: null } };
    expect(changesAt(many, "dora")).toEqual([
      null,
      { ...tier, "points.total": { from: 10, to: 20 } },
      { ...email, "points.total": { from: 20, to: 30 } },
    ]);
    expect(changesAt(single, "dora")).toEqual([
      null,
      { ...tier, "points.total": { from: 10, to: 20 } },
      { ...tier, ...email, "points.total": { from: 10, to: 30 } },
    ]);
  });

  it("is sent only when a field of only_on changed, and then tells all that changed", async () => {
    await relay.accept(update("eve", 10));
    await relay.isSynced("eve", "tiers", 1);
    await relay.accept(update("eve", 20));
    await relay.isSynced("eve", "tiers", 2);
    await relay.accept(update("eve", 30, { tier_name: "gold" }));
    await relay.isSynced("eve", "tiers", 3);
    await relay.accept(update("eve", 30.5, { tier_name: "gold", pending_points: 11 }));
    await relay.isSynced("eve", "tiers", 4);
    expect(tiers.eventsOf("eve").map(({ data }) => [data.sequence, data.changes])).toEqual([
      [1, null],
      [3, { "tier.name": { from: "basic", to: "gold" }, "points.total": { from: 10, to: 30 } }],
      [4, { "points.pending": { from: 10, to: 11 }, "points.total": { from: 30, to: 30.5 } }],
    ]);
    await relay.isSynced("eve", "single", 4);
    expect(single.sequencesOf("eve").at(-1)).toBe(4);
  });

  it("leaves neither secrets nor personal data in the log", () => {
    expect(relay.output).toContain('"event":"delivery.attempted"');
    for (const secret of [SIGNING_SECRET, SINGLE_TOKEN, "customer@example.com", "+XX-XXXX-XXXX"]) {
      expect(relay.output).not.toContain(secret);
    }
  });
});
