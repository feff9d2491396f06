// A lane to a CRM's own API: customers who are one to the CRM, profiles that cannot be sent, jobs that are
// to be asked for, tokens that are replaced.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import type { Consignment } from "../../src/delivery/lane.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import type { Access } from "../../src/destinations/oauth.ts";
import { destinationSchema } from "../../src/destinations/destination-schema.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { MemoryGate, runLane } from "../support/lane.ts";
import { customerIdOf, sampleDelivery } from "../support/samples.ts";

const noSecrets = (): undefined => undefined;

function destination(format: string, settings: object = {}): Destination {
  return v.parse(destinationSchema(noSecrets, false), { id: "crm", format, ...settings });
}

const iterable = destination("iterable", { credentials: { api_key: "a-key-of-iterable" } });
const klaviyo = destination("klaviyo", { credentials: { api_key: "a-key-of-klaviyo" } });
const salesforce = destination("salesforce", {
  url: "https://acme.my.salesforce.com",
  credentials: { client_id: "a-client-id", client_secret: "a-client-secret" },
});

/** A customer's delivery; `second` is of what second it is. */
function consign(name: string, second: number, changes: Partial<Profile> = {}): Consignment {
  const customerId = customerIdOf(name);
  const time = `2026-01-01T00:00:${String(second).padStart(2, "0")}.000Z`;
  const delivery = sampleDelivery({
    customer_id: customerId,
    email: `${name}@example.com`,
    event_id: `evt_${name}`,
    occurred_at: time,
    ...changes,
  });
  const { leaseId } = delivery;
  const common = { partition: 0, destination: "crm", leaseId, attempt: 1, isEvent: false };
  return { ...common, customerId, delivery };
}

/** The e-mail addresses of a bulk update. */
function emailsIn(body: string): string[] {
  const { users } = JSON.parse(body) as { users: { email: string }[] };
  return users.map(({ email }) => email);
}

/** Iterable's answer, which refuses these addresses. */
const answers =
  (...refused: string[]) =>
  (body: string): Response => {
    const emails = emailsIn(body);
    const failed = emails.filter((email) => refused.includes(email));
    return Response.json({
      successCount: emails.length - failed.length,
      failCount: failed.length,
      failedUpdates: { invalidDataEmails: failed },
    });
  };

const down = (): Response => new Response("down", { status: 503 });
const ok = (): Response => Response.json({});

/** Klaviyo, which makes a job of many profiles. */
const take = (body: string): Response =>
  body.includes("bulk-import-job")
    ? Response.json({ data: { id: "job-1" } }, { status: 202 })
    : Response.json({ data: { id: "profile-1" } });

/** … and refuses those that one customer is in. */
const refuse = (body: string): Response =>
  body.includes("c3@example.com") ? Response.json({ errors: [] }, { status: 400 }) : take(body);

const token = (text: string): Access => ({ kind: "token", token: text, expiresAt: Infinity });

describe("customers who share what a CRM knows them by", () => {
  const email = "shared@example.com";
  const shared = [consign("old", 1, { email }), consign("new", 2, { email: "Shared@Example.com" })];

  it("are in step once it has the newest of their profiles, whatever their order", async () => {
    for (const given of [shared, shared.toReversed()]) {
      const { settled, bodies } = await runLane([...given, consign("other", 0)], answers(), {
        destination: iterable,
      });
      expect(bodies.map(emailsIn)).toHaveLength(1);
      expect(new Set(bodies.flatMap(emailsIn))).toEqual(new Set([email, "other@example.com"]));
      const points = bodies[0]?.includes('"gameball_customer_id":"new"');
      expect(points).toBe(true);
      expect(new Set(settled.values())).toEqual(new Set([{ kind: "delivered", status: 200 }]));
      expect(settled.size).toBe(3);
    }
  });

  it("wait with it while it fails", async () => {
    const { settled } = await runLane(shared, down, { destination: iterable });
    expect([...settled.values()].map(({ kind }) => kind)).toEqual(["retry", "retry"]);
  });

  it("get a call of their own when the newest is refused", async () => {
    const { settled } = await runLane(shared, answers(email), { destination: iterable });
    expect(settled.get("new")).toMatchObject({ kind: "rejected" });
    expect(settled.get("old")).toMatchObject({ kind: "untried" });
  });
});

describe("a profile that cannot be sent", () => {
  it("is refused for its own reason, and spoils nobody's call", async () => {
    const given = [consign("ann", 1), consign("bob", 1, { email: null }), consign("cid", 1)];
    const { settled, bodies } = await runLane(given, answers(), { destination: iterable });
    expect(bodies.map(emailsIn)).toEqual([["ann@example.com", "cid@example.com"]]);
    const error = "the profile has no e-mail address";
    expect(settled.get("bob")).toEqual({ kind: "rejected", status: null, error });
    expect(settled.get("cid")).toEqual({ kind: "delivered", status: 200 });
  });

  it("may also be too large, and is not cut", async () => {
    const fields = { note: "attributes.note" };
    const customerio = destination("customerio", {
      credentials: { site_id: "a-site-id", api_key: "an-api-key" },
      fields,
    });
    const note = "x".repeat(32_000);
    const given = [consign("ann", 1), consign("bob", 1, { attributes: { note } })];
    const { settled, bodies } = await runLane(given, ok, { destination: customerio });
    expect(bodies).toHaveLength(1);
    expect(settled.get("ann")).toEqual({ kind: "delivered", status: 200 });
    expect(settled.get("bob")).toMatchObject({
      kind: "rejected",
      error: expect.stringMatching(/^it has 32\d{3} bytes; at most 32000 are taken$/),
    });
  });
});

describe("a job", () => {
  const many = Array.from({ length: 12 }, (_, index) => consign(`c${index}`, 1));

  it("is made of many, and the gate is told to ask for it", async () => {
    const gate = new MemoryGate();
    const { settled, bodies } = await runLane(many, take, { destination: klaviyo, gate });
    expect(bodies).toHaveLength(1);
    expect(gate.jobs).toEqual(["job-1"]);
    const accepted = { kind: "accepted", status: 202, job: "job-1" };
    expect([...settled.values()]).toEqual(many.map(() => accepted));
  });

  it("is not made of a few: each is called for at once", async () => {
    const gate = new MemoryGate();
    const few = many.slice(0, 9);
    const { settled, bodies } = await runLane(few, take, { destination: klaviyo, gate });
    expect(bodies).toHaveLength(9);
    expect(gate.jobs).toEqual([]);
    expect([...settled.values()]).toEqual(few.map(() => ({ kind: "delivered", status: 200 })));
  });

  it("of which nobody could be told counts for nothing", async () => {
    const gate = new MemoryGate();
    gate.expectJob = async () => {
      throw new Error("Network connection lost");
    };
    const { settled } = await runLane(many, take, { destination: klaviyo, gate });
    expect([...settled.values()].map(({ kind }) => kind)).toEqual(many.map(() => "retry"));
  });

  it("that is refused whole is made again of halves, and at last one by one", async () => {
    const { settled, bodies } = await runLane(many, refuse, { destination: klaviyo });
    const kinds = new Map([...settled].map(([name, { kind }]) => [name, kind]));
    const expected = many.map(({ customerId: name }) => {
      return [name, name === "c3" ? "rejected" : "delivered"] as const;
    });
    expect(kinds).toEqual(new Map(expected));
    expect(bodies).toHaveLength(1 + many.length);
  });
});

describe("a token that expires", () => {
  const given = [consign("ann", 1)];
  it("is replaced once within the call, and nobody sees that", async () => {
    const asked: (string | null)[] = [];
    const rows = Response.json([{ id: "0035g00000AbCdE", success: true, errors: [] }]);
    const replies = [new Response("expired", { status: 401 }), rows];
    const { settled, bodies } = await runLane(given, () => replies.shift() ?? new Response(), {
      destination: salesforce,
      accessToken: async (rejected) => {
        asked.push(rejected);
        return token(rejected === null ? "old" : "new");
      },
    });
    expect(asked).toEqual([null, "old"]);
    expect(bodies).toHaveLength(2);
    expect(settled.get("ann")).toEqual({ kind: "delivered", status: 200 });
  });

  it("holds the destination when the new one is refused as well", async () => {
    const { settled, bodies } = await runLane(given, () => new Response("no", { status: 401 }), {
      destination: salesforce,
      accessToken: async (rejected) => token(rejected === null ? "old" : "new"),
    });
    expect(bodies).toHaveLength(2);
    expect(settled.get("ann")).toMatchObject({ kind: "held", status: 401 });
  });

  it("that cannot be had calls nobody", async () => {
    const held = { kind: "held", status: 400, reason: "the access token was refused" } as const;
    const { settled, bodies } = await runLane(given, () => new Response(), {
      destination: salesforce,
      accessToken: async () => held,
    });
    expect(bodies).toEqual([]);
    expect(settled.get("ann")).toMatchObject({ kind: "held", reason: held.reason });
  });
});
