// CloudEvents: envelope, media types and signature of what is sent, and what an answer means.
import { describe, expect, it } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { chunk } from "../../../src/delivery/calls.ts";
import { adapterOf, formatOf } from "../../../src/destinations/formats.ts";
import { utf8 } from "../../../src/bytes.ts";
import type { Destination } from "../../../src/destinations/destination.ts";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import {
  customerIdOf,
  sampleDelivery,
  sampleDestination,
  sampleNotification,
  sampleNotificationDelivery,
  sampleProfile,
} from "../../support/samples.ts";
import { SIGNING_SECRET, signatureOf } from "../../support/standard-webhooks.ts";

const NOW = Date.parse("2026-01-01T00:00:00.999Z");
const context = { now: NOW, batchId: "batch_1" };

const adapterWith = (changes: Partial<Destination> = {}) =>
  adapterOf(sampleDestination({ format: "cloudevents", ...changes }));
const single = adapterWith();
const batched = adapterWith({ batch: 100 });

const PROFILE_EVENT = {
  specversion: "1.0",
  id: "evt_0123456789abcdef0123456789abcdef",
  source: "/gameball/clients/2155",
  type: "customer.profile.updated",
  subject: "webhook-test",
  time: "2024-11-19T17:34:42.297Z",
  datacontenttype: "application/json",
  data: { ...sampleProfile(), changes: null },
};

/** One event as it is sent. */
function eventOf(changes: Parameters<typeof sampleDelivery>[0]): unknown {
  const { body } = single.request(itemsOf(single, [sampleDelivery(changes)]), context);
  return JSON.parse(body ?? "");
}

describe("the format cloudevents", () => {
  it("posts one event in structured mode", () => {
    const adapter = adapterWith({ headers: { authorization: "Bearer acme" } });
    const spec = adapter.request(itemsOf(adapter, [sampleDelivery()]), context);
    expect({ ...spec, body: JSON.parse(spec.body ?? "") }).toEqual({
      method: "POST",
      url: "https://crm.example.com/hooks/loyalty",
      headers: {
        authorization: "Bearer acme",
        "content-type": "application/cloudevents+json",
        "user-agent": `gameball-relay/${manifest.version}`,
        "webhook-id": "evt_0123456789abcdef0123456789abcdef",
      },
      body: PROFILE_EVENT,
    });
  });

  it("says what changed", () => {
    const changes = { "points.total": { from: 90, to: 100 } };
    const [item] = itemsOf(single, [{ ...sampleDelivery(), changes }]);
    expect(JSON.parse(item?.json ?? "")).toEqual({
      ...PROFILE_EVENT,
      data: { ...sampleProfile(), changes },
    });
  });

  it("carries notifications as events of their own type", () => {
    const items = itemsOf(single, [sampleNotificationDelivery()]);
    const { body } = single.request(items, context);
    expect(JSON.parse(body ?? "")).toEqual({
      specversion: "1.0",
      id: "evt_fedcba9876543210fedcba9876543210",
      source: "/gameball/clients/2155",
      type: "customer.notification.push",
      subject: "webhook-test",
      time: "2024-11-12T19:02:24.631Z",
      datacontenttype: "application/json",
      data: sampleNotification(),
    });
  });

  it.each([
    ["2155", "/gameball/clients/2155"],
    ["a b/c?d#e", "/gameball/clients/a%20b%2Fc%3Fd%23e"],
    ["zoë", "/gameball/clients/zo%C3%AB"],
    ["\ud800", "/gameball/clients/%EF%BF%BD"],
    ["", "/gameball"],
    [null, "/gameball"],
  ])("makes the source a URI-reference for the client %j", (clientId, source) => {
    expect(eventOf({ client_id: clientId })).toMatchObject({ source });
  });

  it.each(["a b/c", "zoë😀", "100%"])("has the customer %j as subject, as it is", (id) => {
    expect(eventOf({ customer_id: customerIdOf(id) })).toMatchObject({ subject: id });
  });

  it.each(["a\u0000", "a\u001f", "a\u007f", "a\u009f", "a\uffff", "a\ufdd0", "a\u{1fffe}"])(
    "leaves a subject out that no attribute may hold: %j",
    (id) => {
      const event = eventOf({ customer_id: customerIdOf(id) });
      expect(event).not.toHaveProperty("subject");
      expect(event).toMatchObject({ data: { customer_id: id } });
    },
  );

  it("posts several events in batched mode, in their order, under an id for all of them", () => {
    const items = itemsOf(batched, [sampleNotificationDelivery(), sampleDelivery()]);
    const { body, headers } = batched.request(items, context);
    expect(JSON.parse(body ?? "")).toMatchObject([
      { specversion: "1.0", type: "customer.notification.push" },
      PROFILE_EVENT,
    ]);
    expect(headers).toEqual({
      "content-type": "application/cloudevents-batch+json",
      "user-agent": `gameball-relay/${manifest.version}`,
      "webhook-id": "batch_1",
    });
  });

  it("posts a batch of one as a batch, under the event's own id", () => {
    const { body, headers } = batched.request(itemsOf(batched, [sampleDelivery()]), context);
    expect(JSON.parse(body ?? "")).toEqual([PROFILE_EVENT]);
    expect(headers).toMatchObject({
      "content-type": "application/cloudevents-batch+json",
      "webhook-id": "evt_0123456789abcdef0123456789abcdef",
    });
  });

  it("signs by Standard Webhooks, in either mode", async () => {
    for (const batch of [1, 100]) {
      const adapter = adapterWith({ batch, signingSecret: SIGNING_SECRET });
      const delivery = sampleDelivery({ email: "jürgen😀@example.com" });
      const spec = adapter.request(itemsOf(adapter, [delivery]), context);
      expect(spec.headers["webhook-timestamp"]).toBe(String(Math.floor(NOW / 1000)));
      expect(spec.headers["webhook-signature"]).toBe(await signatureOf(spec));
    }
  });

  it("is sent one event a call, and as many as batch says up to a thousand", () => {
    const { defaultBatch, maxBatch } = formatOf("cloudevents");
    expect([defaultBatch, maxBatch]).toEqual([1, 1_000]);
    expect(single.maxItems).toBe(1);
    expect(adapterWith({ batch: 7 }).maxItems).toBe(7);
  });

  it("puts at most a megabyte into a call, and a larger event into one of its own", () => {
    const city = "é".repeat(200_000);
    const huge = "é".repeat(600_000);
    const deliveries = [city, city, city, huge, city].map((text) =>
      sampleDelivery({ attributes: { city: text } }),
    );
    const calls = chunk(itemsOf(batched, deliveries), batched);
    expect(calls.map((call) => call.length)).toEqual([2, 1, 1, 1]);
    const [full = []] = calls;
    const { body } = batched.request(full, context);
    expect(utf8(body ?? "").byteLength).toBeLessThanOrEqual(1024 * 1024);
    expect(batched.maxItemBytes).toBe(Infinity);
  });

  it.each([
    [202, ["delivered", "delivered"]],
    [204, ["delivered", "delivered"]],
    [401, ["held", "held"]],
    [404, ["held", "held"]],
    [410, ["held", "held"]],
    [415, ["split", "split"]],
    [422, ["split", "split"]],
    [429, ["retry", "retry"]],
    [500, ["retry", "retry"]],
  ])("takes a %d for an answer to every event", (status, kinds) => {
    const items = itemsOf(batched, [sampleDelivery(), sampleNotificationDelivery()]);
    const outcomes = batched.outcomes(answerOf(status, "no"), items, { now: NOW });
    expect(outcomes.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("waits as long as it is asked to, and refuses an event that was alone", () => {
    const items = itemsOf(single, [sampleDelivery()]);
    const busy = answerOf(429, "later", { "retry-after": "7" });
    expect(single.outcomes(busy, items, { now: NOW })).toEqual([
      { kind: "retry", status: 429, error: "HTTP 429: later", afterMs: 7_000 },
    ]);
    expect(single.outcomes(answerOf(422, "no"), items, { now: NOW })).toEqual([
      { kind: "rejected", status: 422, error: "HTTP 422: no" },
    ]);
  });
});
