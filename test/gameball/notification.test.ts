// Every reading of a notification's webhook, and that nobody reads one whom nobody asked.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { notificationSchema } from "../../src/profile/notification.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, TOPICS } from "../../src/topics.ts";
import { sampleNotificationWebhook, sampleWebhook } from "../support/gameball.ts";
import { faultsIn, notificationIn, NOW, readBody } from "../support/readings.ts";

const { data } = sampleNotificationWebhook();
const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });

const idOf = async (changes: Readonly<Record<string, unknown>>): Promise<string> =>
  (await notificationIn(sampleNotificationWebhook(changes))).event_id;

describe("a notification's webhook", () => {
  it("is read as documented, in every language", async () => {
    expect(await notificationIn(sampleNotificationWebhook())).toEqual({
      customer_id: "webhook-test",
      gb_customer_id: "1234",
      client_id: "2155",
      notifications: data,
      attributes: {},
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      occurred_at: "2024-11-12T19:02:24.631Z",
      received_at: NOW.toISOString(),
    });
  });

  it("has a shape that can be stored and read again", async () => {
    const notification = {
      ...(await notificationIn(sampleNotificationWebhook({ type: 3 }))),
      sequence: 1,
    };
    const stored: unknown = JSON.parse(JSON.stringify(notification));
    expect(v.parse(notificationSchema, stored)).toEqual(notification);
  });

  it("may hold one notification without an array around it", async () => {
    const alone = await notificationIn(sampleNotificationWebhook({ data: data[0] }));
    expect(alone).toEqual(await notificationIn(sampleNotificationWebhook({ data: [data[0]] })));
    expect(alone.notifications).toEqual([data[0]]);
  });

  it("may hold none", async () => {
    expect((await notificationIn(sampleNotificationWebhook({ data: [] }))).notifications).toEqual(
      [],
    );
  });

  it("keeps what each notification holds as it came, and other fields as attributes", async () => {
    const odd = { title: null, body: 5, extra: { a: [1, null] } };
    const { notifications, attributes } = await notificationIn(
      sampleNotificationWebhook({ data: [odd], type: 3, toString: "x", attributes: { b: 1 } }),
    );
    expect(notifications).toEqual([odd]);
    expect(attributes).toEqual({ type: 3, toString: "x", attributes: { b: 1 } });
  });

  it("keeps the digits of big integers, and names like the inside of JavaScript's objects", async () => {
    const body = JSON.stringify(sampleNotificationWebhook({ data: [{ X: { card: 0 } }] }))
      .replace('"X"', '"__proto__"')
      .replace('"card":0', '"card":9007199254740993');
    const { notifications } = await notificationIn(body);
    expect(JSON.stringify(notifications)).toBe('[{"__proto__":{"card":"9007199254740993"}}]');
  });

  it.each([
    ["customer_id", 42, "42"],
    ["gb_customer_id", "00042", "00042"],
    ["gb_customer_id", undefined, null],
    ["client_id", 2155, "2155"],
    ["client_id", null, null],
  ] as const)("reads the %s %j", async (name, value, expected) => {
    expect((await notificationIn(sampleNotificationWebhook({ [name]: value })))[name]).toBe(
      expected,
    );
  });

  it("reads created_at into UTC", async () => {
    const body = sampleNotificationWebhook({ created_at: "2024-11-12T21:02:24.6312345+02:00" });
    expect((await notificationIn(body)).occurred_at).toBe("2024-11-12T19:02:24.6312345Z");
  });

  it.each([
    ["/customer_id", { customer_id: undefined }],
    ["/customer_id", { customer_id: ".." }],
    ["/gb_customer_id", { gb_customer_id: {} }],
    ["/created_at", { created_at: undefined }],
    ["/created_at", { created_at: "yesterday" }],
    ["/created_at", { created_at: "2025-11-20T00:00:00.001Z" }],
    ["/data", { data: undefined }],
    ["/data", { data: null }],
    ["/data", { data: "Well Done!" }],
    ["/data", { data: ["Well Done!"] }],
    ["/data", { data: [[data[0]]] }],
    ["/data", { data: [data[0], null] }],
    ["", { extra: nested(40) }],
    ["", { data: [nested(40)] }],
  ])("is refused for its %s alone: %j", async (pointer, changes) => {
    expect(await faultsIn(sampleNotificationWebhook(changes))).toEqual([pointer]);
  });

  it("is refused with one fault, however many of its notifications are none", async () => {
    expect(await faultsIn(sampleNotificationWebhook({ data: Array(10_000).fill(0) }))).toEqual([
      "/data",
    ]);
  });

  it("has an id of its own: the same for the same, another for another", async () => {
    const { created_at, ...others } = sampleNotificationWebhook();
    const reordered = { ...others, created_at: created_at.replace("Z", "+00:00") };
    const { event_id: again } = await notificationIn(reordered);
    const ids = [
      again,
      await idOf({ customer_id: "other" }),
      await idOf({ created_at: "2024-11-12T19:02:24.632Z" }),
      await idOf({ data: data.toReversed() }),
      await idOf({ type: 3 }),
    ];
    expect(again).toBe(await idOf({}));
    expect(new Set(ids)).toHaveProperty("size", ids.length);
  });
});

describe("the topics that are wanted", () => {
  it.each([
    ["profile", sampleWebhook(), TOPICS],
    ["notification", sampleNotificationWebhook(), TOPICS],
    ["ignored", sampleNotificationWebhook(), [PROFILE_TOPIC]],
    ["ignored", sampleWebhook(), [NOTIFICATION_TOPIC]],
    ["ignored", sampleWebhook({ event: "customer.created" }), TOPICS],
    ["ignored", sampleWebhook({ event: "toString" }), TOPICS],
  ] as const)("make a webhook %s", async (kind, body, topics) => {
    expect(await readBody(body, { topics })).toMatchObject({ kind, topic: body.event });
  });

  it("are the only ones that are read: what nobody asked for may be malformed", async () => {
    const body = { event: NOTIFICATION_TOPIC, customer_id: {}, created_at: 1, data: null };
    expect((await readBody(body, { topics: [PROFILE_TOPIC] })).kind).toBe("ignored");
    expect((await readBody(body, { topics: TOPICS })).kind).toBe("invalid");
  });
});
