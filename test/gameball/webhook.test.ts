// Every reading of a webhook that Gameball's page, docs and samples give between them.
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { eventIn, NOW, readBody } from "../support/readings.ts";

const { data } = sampleWebhook();
const withData = (fields: Readonly<Record<string, unknown>>) =>
  sampleWebhook({ data: { ...data, ...fields } });

/** The sample as text, with one member's value replaced by raw JSON. */
const raw = (name: string, json: string): string =>
  JSON.stringify(sampleWebhook()).replace(
    new RegExp(`"${name}":("[^"]*"|[0-9]+)`),
    () => `"${name}":${json}`,
  );

describe("readWebhook", () => {
  it("turns the documented sample into the profile of the contract", async () => {
    expect(await eventIn(sampleWebhook())).toEqual({
      customer_id: "webhook-test",
      gb_customer_id: "1234",
      client_id: "2155",
      email: "customer@example.com",
      mobile_number: "+XX-XXXX-XXXX",
      tier: { name: "basic", order: 1 },
      points: { activated: 90, pending: 10, total: 100 },
      referral: { code: "referral_123", link: "www.example.com" },
      attributes: {},
      event_id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      occurred_at: "2024-11-19T17:34:42.297Z",
      received_at: NOW.toISOString(),
    });
  });

  it.each([
    ["gb_customer_id", '"1234"', "1234"],
    ["gb_customer_id", "1234", "1234"],
    ["gb_customer_id", "9007199254740993", "9007199254740993"],
    ["gb_customer_id", "123456789012345678901234567890", "123456789012345678901234567890"],
    ["gb_customer_id", '"00042"', "00042"],
    ["gb_customer_id", "null", null],
    ["client_id", "2155", "2155"],
    ["client_id", "9007199254740993", "9007199254740993"],
    ["client_id", "null", null],
    ["customer_id", "42", "42"],
    ["customer_id", "-7", "-7"],
    ["customer_id", "0", "0"],
    ["customer_id", "9007199254740993", "9007199254740993"],
    ["customer_id", '"9007199254740993"', "9007199254740993"],
    ["customer_id", '" a "', " a "],
    ["customer_id", '"..."', "..."],
  ] as const)("reads %s %s", async (name, json, expected) => {
    expect((await eventIn(raw(name, json)))[name]).toBe(expected);
  });

  it.each([
    ["activated_points", "12.5", "activated", 12.5],
    ["pending_points", '"10"', "pending", 10],
    ["pending_points", '"-3.25"', "pending", -3.25],
    ["pending_points", '" 7 "', "pending", 7],
    ["pending_points", '"1e3"', "pending", 1000],
    ["pending_points", '".5"', "pending", 0.5],
    ["pending_points", '"+5"', "pending", 5],
    ["total_points", "-90", "total", -90],
    ["total_points", "12345678901234567890", "total", 1.2345678901234567e19],
    ["total_points", "null", "total", null],
  ] as const)("reads %s %s", async (name, json, field, expected) => {
    expect((await eventIn(raw(name, json))).points[field]).toBe(expected);
  });

  it("reads a decimal tier order given as text", async () => {
    expect((await eventIn(withData({ tier_order: "2.0" }))).tier.order).toBe(2);
  });

  it("does not mind a total that is not activated plus pending", async () => {
    const { points } = await eventIn(withData({ total_points: 1 }));
    expect(points).toEqual({ activated: 90, pending: 10, total: 1 });
  });

  it("takes an array of exactly one object for data", async () => {
    const { event_id: asArray } = await eventIn(sampleWebhook({ data: [data] }));
    const { event_id: asObject } = await eventIn(sampleWebhook());
    expect(asArray).toBe(asObject);
  });

  it.each([
    ["missing", {}],
    [
      "null",
      {
        email: null,
        mobile_number: null,
        tier_name: null,
        tier_order: null,
        referral_code: null,
        referral_link: null,
        activated_points: null,
        pending_points: null,
        total_points: null,
      },
    ],
  ])("gives null where every field is %s", async (_, fields) => {
    const { email, mobile_number, tier, referral, points } = await eventIn(
      sampleWebhook({ data: fields, client_id: undefined, gb_customer_id: undefined }),
    );
    expect({ email, mobile_number, tier, referral, points }).toEqual({
      email: null,
      mobile_number: null,
      tier: { name: null, order: null },
      referral: { code: null, link: null },
      points: { activated: null, pending: null, total: null },
    });
  });

  it("keeps empty text, which is not the same as nothing", async () => {
    expect((await eventIn(withData({ email: "" }))).email).toBe("");
  });

  it("keeps fields that are not documented, from the top and from data", async () => {
    const body = {
      ...withData({ city: "Cairo", nested: { a: [1, null] } }),
      source: "pos",
      toString: "x",
    };
    expect((await eventIn(body)).attributes).toEqual({
      source: "pos",
      city: "Cairo",
      nested: { a: [1, null] },
      toString: "x",
    });
  });

  it("keeps fields called like the inside of JavaScript's objects", async () => {
    const body = JSON.stringify(withData({ X: { y: 1 }, constructor: 2, prototype: 3 }));
    const { attributes } = await eventIn(body.replace('"X"', '"__proto__"'));
    expect(JSON.parse(JSON.stringify(attributes))).toStrictEqual(
      JSON.parse('{"__proto__":{"y":1},"constructor":2,"prototype":3}'),
    );
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
  });

  it("takes a field called attributes for one that is not documented", async () => {
    const { attributes } = await eventIn({ ...withData({ attributes: { a: 1 } }) });
    expect(attributes).toEqual({ attributes: { a: 1 } });
  });

  it("keeps the digits of big integers among the attributes", async () => {
    const body = JSON.stringify(withData({ card: 0 })).replace(
      '"card":0',
      '"card":9007199254740993',
    );
    expect((await eventIn(body)).attributes).toEqual({ card: "9007199254740993" });
  });

  it("reads created_at into UTC and keeps its finest digits", async () => {
    const { occurred_at } = await eventIn(
      sampleWebhook({ created_at: "2024-11-19T19:34:42.2971234+02:00" }),
    );
    expect(occurred_at).toBe("2024-11-19T17:34:42.2971234Z");
  });

  it("takes a created_at up to 24 hours ahead of the clock", async () => {
    const { occurred_at } = await eventIn(sampleWebhook({ created_at: "2025-11-20T00:00:00Z" }));
    expect(occurred_at).toBe("2025-11-20T00:00:00.000Z");
  });

  it("reads a body that begins with a byte order mark", async () => {
    const webhook = await readBody(utf8(`\uFEFF${JSON.stringify(sampleWebhook())}`));
    expect(webhook.kind).toBe("profile");
  });

  it("ignores every other topic, whatever its data", async () => {
    const body = { event: "customer.notification.push", data: null };
    expect(await readBody(body)).toEqual({ kind: "ignored", topic: "customer.notification.push" });
  });
});

describe("the event id", () => {
  it("is the same however often the same is sent", async () => {
    const { created_at, ...others } = sampleWebhook();
    const reordered = { ...others, created_at: created_at.replace("Z", "+00:00") };
    expect((await eventIn(reordered)).event_id).toBe((await eventIn(sampleWebhook())).event_id);
  });

  it("is the same in every version of the relay: an upgrade must not make duplicates new", async () => {
    const { event_id } = await eventIn(sampleWebhook({ city: "Cairo" }));
    expect(event_id).toBe("evt_443048fabdbd3350af02f47d527256e1");
  });

  it.each([
    ["customer", sampleWebhook({ customer_id: "other" })],
    ["time", sampleWebhook({ created_at: "2024-11-19T17:34:42.2970001Z" })],
    ["points", withData({ total_points: 101 })],
    ["attributes", withData({ city: "Cairo" })],
    ["knowledge", withData({ email: undefined })],
  ])("is another for another %s", async (_, body) => {
    expect((await eventIn(body)).event_id).not.toBe((await eventIn(sampleWebhook())).event_id);
  });
});
