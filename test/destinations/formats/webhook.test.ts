// The generic adapter: the body and headers that a CRM gets, and what its answer means.
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import type { Delivery, Item } from "../../../src/destinations/adapter.ts";
import { adapterOf } from "../../../src/destinations/formats.ts";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import {
  sampleDelivery,
  sampleDestination,
  sampleNotification,
  sampleNotificationDelivery,
  sampleProfile,
} from "../../support/samples.ts";
import { SIGNING_SECRET, signatureOf } from "../../support/standard-webhooks.ts";

const NOW = Date.parse("2026-01-01T00:00:00.999Z");
const context = { now: NOW, batchId: "batch_1" };
const single = adapterOf(sampleDestination());
const batched = adapterOf(sampleDestination({ batch: 100 }));

const items = (deliveries: readonly Delivery[], adapter = single): Item[] =>
  itemsOf(adapter, deliveries);
const two = [sampleDelivery(), sampleDelivery({ event_id: "evt_2", sequence: 2 })];

describe("the webhook adapter", () => {
  it("sends the event of the contract", () => {
    const changes = { "points.total": { from: 90, to: 100 } };
    const delivery = { ...sampleDelivery(), changes };
    const { body } = single.request(items([delivery]), context);
    expect(JSON.parse(body ?? "")).toEqual({
      id: "evt_0123456789abcdef0123456789abcdef",
      type: "customer.profile.updated",
      timestamp: "2024-11-19T17:34:42.297Z",
      data: { ...sampleProfile(), changes },
    });
  });

  it("sends a notification as an event of its own type", () => {
    const delivery = sampleNotificationDelivery();
    const { body, headers } = single.request(items([delivery]), context);
    expect(JSON.parse(body ?? "")).toEqual({
      id: "evt_fedcba9876543210fedcba9876543210",
      type: "customer.notification.push",
      timestamp: "2024-11-12T19:02:24.631Z",
      data: sampleNotification(),
    });
    expect(headers["webhook-id"]).toBe("evt_fedcba9876543210fedcba9876543210");
  });

  it("puts profiles and notifications into one array, in their order", () => {
    const mixed = [sampleNotificationDelivery(), sampleDelivery()];
    const { body } = batched.request(items(mixed, batched), context);
    expect(JSON.parse(body ?? "")).toMatchObject([
      { type: "customer.notification.push" },
      { type: "customer.profile.updated" },
    ]);
  });

  it("says null for the changes of a first delivery", () => {
    expect(JSON.parse(items([sampleDelivery()])[0]?.json ?? "")).toMatchObject({
      data: { changes: null },
    });
  });

  it("posts JSON to the destination's URL with its headers", () => {
    const destination = sampleDestination({ headers: { authorization: "Bearer acme" } });
    expect(adapterOf(destination).request(items([sampleDelivery()]), context)).toMatchObject({
      method: "POST",
      url: "https://crm.example.com/hooks/loyalty",
      headers: {
        authorization: "Bearer acme",
        "content-type": "application/json",
        "user-agent": `gameball-relay/${manifest.version}`,
        "webhook-id": "evt_0123456789abcdef0123456789abcdef",
      },
    });
  });

  it("signs nothing without a signing secret", () => {
    const { headers } = single.request(items([sampleDelivery()]), context);
    expect(Object.keys(headers)).toEqual(["content-type", "user-agent", "webhook-id"]);
  });

  it("signs id, timestamp and body by Standard Webhooks", async () => {
    const destination = sampleDestination({ signingSecret: SIGNING_SECRET });
    const spec = adapterOf(destination).request(items([sampleDelivery()]), context);
    expect(spec.headers["webhook-timestamp"]).toBe(String(Math.floor(NOW / 1000)));
    expect(spec.headers["webhook-signature"]).toBe(await signatureOf(spec));
  });

  it("signs text beyond ASCII as the bytes that are sent", async () => {
    const destination = sampleDestination({ signingSecret: SIGNING_SECRET });
    const delivery = sampleDelivery({ email: "jürgen😀@example.com" });
    const spec = adapterOf(destination).request(items([delivery]), context);
    expect(spec.headers["webhook-signature"]).toBe(await signatureOf(spec));
  });

  it("sends several events as an array, under an id for all of them", () => {
    const { body, headers } = batched.request(items(two, batched), context);
    expect(JSON.parse(body ?? "")).toMatchObject([
      { id: "evt_0123456789abcdef0123456789abcdef", data: { sequence: 1 } },
      { id: "evt_2", data: { sequence: 2 } },
    ]);
    expect(headers["webhook-id"]).toBe("batch_1");
  });

  it("sends an array even of one where the CRM takes batches, under the event's own id", () => {
    const { body, headers } = batched.request(items([sampleDelivery()], batched), context);
    expect(JSON.parse(body ?? "")).toHaveLength(1);
    expect(headers["webhook-id"]).toBe("evt_0123456789abcdef0123456789abcdef");
  });

  it("has the same id at every attempt", () => {
    const sent = items(two, batched);
    const ids = [NOW, NOW + 1_000].map((now) => {
      const { headers } = batched.request(sent, { ...context, now });
      return headers["webhook-id"];
    });
    expect(new Set(ids)).toEqual(new Set(["batch_1"]));
  });

  it("takes one answer for an answer to every event in it", () => {
    const sent = items(two, batched);
    const delivered = { kind: "delivered", status: 200 };
    expect(batched.outcomes(answerOf(200), sent, { now: NOW })).toEqual([delivered, delivered]);
    const kinds = batched.outcomes(answerOf(422), sent, { now: NOW }).map(({ kind }) => kind);
    expect(kinds).toEqual(["split", "split"]);
  });

  it("puts as many events into a call as the destination's batch allows", () => {
    expect(adapterOf(sampleDestination()).maxItems).toBe(1);
    expect(adapterOf(sampleDestination({ batch: 7 })).maxItems).toBe(7);
  });
});
