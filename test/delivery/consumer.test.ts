// From an accepted webhook through queue and consumer to KV and the CRMs: what each of them gets, and when.
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { SIGNING_SECRET } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { sampleProfile } from "../support/samples.ts";

const crms = withRelay();

const names = Array.from({ length: 30 }, (_, index) => `customer-${index}`);
const tier = (name: string) => ({ tier_name: name });

describe("an accepted webhook", () => {
  it("becomes the event of the contract at a CRM", async () => {
    const { event_id } = await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    const [call] = crms.calls("one");
    const profile = sampleProfile({
      event_id,
      received_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    });
    expect(JSON.parse(call?.body ?? "")).toEqual({
      id: event_id,
      type: "customer.profile.updated",
      timestamp: "2024-11-19T17:34:42.297Z",
      data: { ...profile, changes: null },
    });
    expect(crms.calls("one")).toHaveLength(1);
  });

  it("carries the destination's headers and a signature that verifies", async () => {
    const { event_id } = await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    const call = crms.calls("one")[0];
    if (call === undefined) throw new Error("no call");
    const headers = Object.fromEntries(call.headers);
    expect(headers).toMatchObject({
      authorization: "Bearer one-token",
      "content-type": "application/json",
      "webhook-id": event_id,
      "user-agent": expect.stringMatching(/^gameball-relay\/\d+\.\d+\.\d+$/),
    });
    expect(() => new Webhook(SIGNING_SECRET).verify(call.body, headers)).not.toThrow();
    expect(() => new Webhook(SIGNING_SECRET).verify(`${call.body} `, headers)).toThrow(
      "No matching signature found",
    );
    expect(crms.calls("many")[0]?.headers.has("webhook-signature")).toBe(false);
  });

  it("reaches KV under the customer's id", async () => {
    await relay.accept(update("ann", 1));
    await eventually(async () => {
      expect(await env.PROFILES.get("ann", "json")).toMatchObject({ points: { total: 1 } });
    });
  });

  it("brings a CRM the changes since what it last acknowledged", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await relay.accept(update("ann", 2, tier("gold")));
    await relay.stands("ann", "synced");
    expect(crms.events("one")[1]?.data).toMatchObject({
      sequence: 2,
      changes: {
        "points.total": { from: 1, to: 2 },
        "tier.name": { from: "basic", to: "gold" },
      },
    });
  });

  it("is sent once where an only_on is set, and then only when that has changed", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await relay.accept(update("ann", 2));
    await relay.stands("ann", "synced");
    expect(crms.events("tiers").map(({ data }) => data.sequence)).toEqual([1]);
    expect(await relay.standing("ann", "tiers")).toMatchObject({ acknowledged_sequence: 2 });

    await relay.accept(update("ann", 3, tier("gold")));
    await relay.stands("ann", "synced");
    const [, second] = crms.events("tiers");
    expect(second?.data.sequence).toBe(3);
    expect(second?.data.changes).toEqual({
      "points.total": { from: 1, to: 3 },
      "tier.name": { from: "basic", to: "gold" },
    });
  });

  it("keeps attributes called like the inside of JavaScript's objects", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    const odd = { constructor: 1, prototype: 2, toString: 3 };
    await relay.accept(
      sampleWebhook({ customer_id: "ann", created_at: "2026-02-01T00:00:00Z", ...odd }),
    );
    await eventually(() => expect(crms.events("one")).toHaveLength(2));
    expect(JSON.parse(crms.calls("one")[1]?.body ?? "")).toMatchObject({
      data: {
        attributes: odd,
        changes: { "attributes.toString": { from: null, to: 3 } },
      },
    });
  });

  it("is not delivered twice when Gameball sends it twice", async () => {
    await relay.accept(update("ann", 1));
    await relay.send(update("ann", 1));
    await relay.send(update("ann", 0));
    await relay.stands("ann", "synced");
    await scheduler.wait(200);
    expect(crms.calls("one")).toHaveLength(1);
  });
});

describe("many updates", () => {
  it("of one customer become few calls, the last with the newest", async () => {
    for (let step = 0; step < 20; step += 1) await relay.accept(update("ann", step));
    await relay.stands("ann", "synced");
    const sequences = crms.events("one").map(({ data }) => data.sequence);
    expect(sequences.at(-1)).toBe(20);
    expect(sequences.length).toBeLessThanOrEqual(3);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  });

  it("in any order end with the newest everywhere", async () => {
    const shuffled = [3, 9, 1, 7, 0, 8, 2, 6, 4, 5].map((step) => update("ann", step));
    await Promise.all(shuffled.map((webhook) => relay.send(webhook)));
    await relay.stands("ann", "synced");
    expect((await relay.profile("ann", "strong"))?.points.total).toBe(9);
    expect(await env.PROFILES.get("ann", "json")).toMatchObject({ points: { total: 9 } });
    for (const crm of ["one", "many"] as const) {
      expect(crms.events(crm).at(-1)?.data.points).toMatchObject({ total: 9 });
    }
  });

  it("of many customers share calls where the CRM takes batches", async () => {
    await Promise.all(names.map((name) => relay.accept(update(name, 1))));
    for (const name of names) await relay.stands(name, "synced");
    const reached = crms.events("many").map(({ data }) => data.customer_id);
    expect(reached.toSorted()).toEqual(names.toSorted());
    expect(crms.calls("many").length).toBeLessThan(names.length);
    expect(crms.calls("one")).toHaveLength(names.length);
    const ids = crms.calls("many").map(({ headers }) => headers.get("webhook-id"));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a failing CRM", () => {
  it("keeps nothing from the others", async () => {
    crms.answers("one", () => Promise.reject(new TypeError("connection refused")));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    await eventually(async () => {
      expect(await relay.standing("ann", "one")).toMatchObject({
        state: "pending",
        last_status: null,
        last_error: "the connection failed: connection refused",
      });
    });
  });

  it("that hangs keeps nothing from the others", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    crms.answers("one", async () => {
      await released;
      return new Response();
    });
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    await relay.accept(update("ann", 2, tier("gold")));
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    expect(crms.calls("one")).toHaveLength(1);
    release();
    await relay.stands("ann", "synced");
    expect(crms.events("one").map(({ data }) => data.sequence)).toEqual([1, 2]);
  });

  it("that refuses a batch for one customer gets all the others", async () => {
    crms.answers("many", ({ body }) =>
      body.includes('"customer-7"') ? new Response("bad", { status: 400 }) : new Response(),
    );
    await Promise.all(names.map((name) => relay.accept(update(name, 1))));
    await relay.stands("customer-7", "dead", ["many"]);
    for (const name of names.filter((other) => other !== "customer-7")) {
      await relay.stands(name, "synced");
    }
    expect(await relay.standing("customer-7", "many")).toMatchObject({ last_status: 400 });
  });
});
