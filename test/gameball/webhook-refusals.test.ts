// What is no webhook: which faults are found, and that they never repeat what was sent.
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { eventIn, faultsIn, readBody } from "../support/readings.ts";

const { data } = sampleWebhook();
const withData = (fields: Readonly<Record<string, unknown>>) =>
  sampleWebhook({ data: { ...data, ...fields } });
const nested = (depth: number): unknown =>
  depth === 0 ? 1 : { a: nested(depth - 1), b: [nested(0)] };

describe("readWebhook refuses", () => {
  it.each([
    ["no JSON", "nonsense"],
    ["nothing", ""],
    ["half a body", '{"event":'],
    ["two bodies", "{}{}"],
    ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])("%s as not JSON", async (_, body) => {
    expect(await readBody(body)).toEqual({ kind: "not_json" });
  });

  it.each(["null", "true", "1", '"text"', "[]", "[{}]"])("the JSON %s", async (json) => {
    expect(await readBody(json)).toEqual({
      kind: "invalid",
      faults: [{ pointer: "", detail: "must be an object" }],
    });
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["a number", 1],
  ])("an event that is %s", async (_, event) => {
    expect(await faultsIn(sampleWebhook({ event }))).toEqual(["/event"]);
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["empty", ""],
    [".", "."],
    ["..", ".."],
    ["513 bytes long", "x".repeat(513)],
    ["513 bytes long in 257 characters", "é".repeat(256) + "x"],
    ["half a character", "\ud800"],
    ["true", true],
    ["an object", {}],
    ["a list", ["a"]],
  ])("a customer_id that is %s", async (_, id) => {
    expect(await faultsIn(sampleWebhook({ customer_id: id }))).toEqual(["/customer_id"]);
  });

  it("no customer_id of exactly 512 bytes", async () => {
    const id = "é".repeat(256);
    expect((await eventIn(sampleWebhook({ customer_id: id }))).customer_id).toBe(id);
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["Unix time", 1_732_037_682],
    ["no time", "yesterday"],
    ["30 February", "2024-02-30T00:00:00Z"],
    ["24:00", "2024-01-01T24:00:00Z"],
    ["eight fraction digits", "2024-11-19T17:34:42.12345678Z"],
    ["an object that cannot become text", { toString: 1, valueOf: 1 }],
    ["a list with a time in it", ["2024-11-19T17:34:42Z"]],
    ["24 hours and a moment ahead", "2025-11-20T00:00:00.001Z"],
    ["years ahead", "9999-01-01T00:00:00Z"],
    ["ahead by its offset", "2025-11-19T23:00:00-02:00"],
  ])("a created_at that is %s", async (_, time) => {
    expect(await faultsIn(sampleWebhook({ created_at: time }))).toEqual(["/created_at"]);
  });

  it("a created_at nested more deeply than the stack reaches", async () => {
    const deep = "[".repeat(30_000) + "]".repeat(30_000);
    const body = JSON.stringify(sampleWebhook()).replace('"2024-11-19T17:34:42.297Z"', deep);
    expect((await readBody(body)).kind).toBe("invalid");
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["text", "data"],
    ["an empty list", []],
    ["a list of two objects", [data, data]],
    ["a list of something else", ["data"]],
    ["a list in a list", [[data]]],
  ])("data that is %s", async (_, value) => {
    expect(await faultsIn(sampleWebhook({ data: value }))).toEqual(["/data"]);
  });

  it.each([
    ["email", 5],
    ["mobile_number", {}],
    ["tier_name", ["gold"]],
    ["referral_code", true],
    ["referral_link", 1],
    ["tier_order", "first"],
    ["activated_points", ""],
    ["activated_points", "0x10"],
    ["activated_points", "1,000"],
    ["pending_points", "Infinity"],
    ["pending_points", "1e400"],
    ["total_points", true],
    ["total_points", []],
  ])("%s %j", async (name, value) => {
    expect(await faultsIn(withData({ [name]: value }))).toEqual([`/data/${name}`]);
  });

  it.each(["gb_customer_id", "total_points"])("%s 1e400, which is no number", async (name) => {
    const body = JSON.stringify(sampleWebhook()).replace(
      new RegExp(`"${name}":\\d+`),
      `"${name}":1e400`,
    );
    expect(await faultsIn(body)).toHaveLength(1);
  });

  it("attributes nested more than 32 deep, but none of 30", async () => {
    expect(await faultsIn(sampleWebhook({ extra: nested(40) }))).toEqual([""]);
    expect(await faultsIn(sampleWebhook({ extra: nested(30) }))).toEqual([]);
  });

  it("several things at once, and names each of them", async () => {
    const body = {
      ...sampleWebhook({ customer_id: "", created_at: "later", gb_customer_id: {} }),
      data: { ...data, email: 1, total_points: "many" },
    };
    const faults = await faultsIn(body);
    expect(faults.toSorted()).toEqual([
      "/created_at",
      "/customer_id",
      "/data/email",
      "/data/total_points",
      "/gb_customer_id",
    ]);
  });

  it("without repeating anything that was sent", async () => {
    const secret = "jane.doe@example.com";
    const body = {
      ...sampleWebhook({ customer_id: { secret }, created_at: secret, gb_customer_id: [secret] }),
      data: { email: [secret], total_points: secret, [secret]: secret, tier_name: { secret } },
    };
    const webhook = await readBody(body);
    expect(webhook.kind).toBe("invalid");
    expect(JSON.stringify(webhook)).not.toContain("jane");
  });
});

describe("GAMEBALL_CLIENT_ID", () => {
  it.each([
    ["as text", "2155"],
    ["as a number", 2155],
  ])("lets its own client pass, given %s", async (_, client) => {
    expect((await readBody(sampleWebhook({ client_id: client }), { clientId: "2155" })).kind).toBe(
      "profile",
    );
  });

  it.each([
    ["another", "2156"],
    ["none", undefined],
    ["null", null],
    ["a list", ["2155"]],
    ["an object that cannot become text", { toString: 1, valueOf: 1 }],
  ])("refuses %s", async (_, client) => {
    expect(await readBody(sampleWebhook({ client_id: client }), { clientId: "2155" })).toEqual({
      kind: "other_client",
    });
  });

  it("refuses another client's other topics too", async () => {
    const body = { event: "customer.notification.push", client_id: "1" };
    expect(await readBody(body, { clientId: "2155" })).toEqual({ kind: "other_client" });
    expect(await readBody(utf8(JSON.stringify(body)), { clientId: "1" })).toMatchObject({
      kind: "ignored",
    });
  });
});
