// Events that are delivered one by one: notifications, and every profile of a customer, to a CRM that
// fails now and then, beside one that only wants the newest.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { sampleNotificationWebhook } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer } from "../support/replies.ts";

const STEPS = 12;
const NOTIFICATION = "customer.notification.push";

const latest = await FakeCrm.open();
const every = await FakeCrm.open();
const told = await FakeCrm.open();
let relay: Relay;

beforeAll(async () => {
  const topics = ["customer.profile.updated", NOTIFICATION];
  relay = await Relay.start({
    DESTINATIONS: [
      { id: "latest", url: latest.url },
      { id: "every", url: every.url, topics, deliver: "every" },
      { id: "told", url: told.url, topics: [NOTIFICATION] },
    ],
  });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all([latest.close(), every.close(), told.close()]);
});

/** A notification of a customer, told from others by its time. */
function notification(customerId: string, second: number) {
  const created_at = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
  return sampleNotificationWebhook({ customer_id: customerId, created_at });
}

/** What a CRM received of a customer: each event's type and sequence. */
function received(crm: FakeCrm, customerId: string): string[] {
  return bodiesOf(crm, customerId).map(({ type, data }) => `${type} ${data.sequence}`);
}

interface Body {
  readonly type: string;
  readonly data: {
    readonly customer_id: string;
    readonly sequence: number;
    readonly notifications?: readonly Readonly<Record<string, unknown>>[];
  };
}

function bodiesOf(crm: FakeCrm, customerId: string): Body[] {
  return crm.requests
    .map(({ body }) => JSON.parse(body) as Body)
    .filter(({ data }) => data.customer_id === customerId);
}

describe.concurrent("a destination that wants every profile", () => {
  it("gets each of them in order, with the changes since the one before", async () => {
    for (let step = 1; step <= STEPS; step += 1) await relay.accept(update("ann", step));
    await eventually(() => expect(every.eventsOf("ann")).toHaveLength(STEPS));
    expect(every.sequencesOf("ann")).toEqual(Array.from({ length: STEPS }, (_, n) => n + 1));
    const changes = every.eventsOf("ann").map(({ data }) => data.changes);
    expect(changes[0]).toBeNull();
    for (let step = 2; step <= STEPS; step += 1) {
      expect(changes[step - 1]).toEqual({ "points.total": { from: step - 1, to: step } });
    }
    await relay.isSynced("ann", "latest", STEPS);
    expect(latest.eventsOf("ann").length).toBeLessThan(STEPS);
  });

  it("gets them in order although it fails, and none twice that it acknowledged", async () => {
    const down = answer(503);
    every.replyTo("bob", answer(200), down, answer(200), down, answer(200));
    for (let step = 1; step <= 4; step += 1) await relay.accept(update("bob", step));
    await eventually(() => expect(every.sequencesOf("bob")).toHaveLength(6));
    expect(every.sequencesOf("bob")).toEqual([1, 2, 2, 3, 3, 4]);
    expect(every.eventsOf("bob").at(-1)?.data.changes).toEqual({
      "points.total": { from: 3, to: 4 },
    });
  });

  it("goes on behind one that it refuses", async () => {
    every.replyTo("cid", answer(200), answer(422, "no"), answer(200));
    for (let step = 1; step <= 3; step += 1) await relay.accept(update("cid", step));
    await eventually(() => expect(every.sequencesOf("cid")).toEqual([1, 2, 3]));
    const { changes } = every.eventsOf("cid")[2]?.data ?? {};
    expect(changes).toEqual({ "points.total": { from: 1, to: 3 } });
    await relay.becomes("cid", "every", { state: "dead", acknowledged_sequence: 3 });
  });
});

describe.concurrent("notifications", () => {
  it("reach those that ask for them, each once and in order, and nobody else", async () => {
    await relay.accept(update("dan", 1));
    for (let second = 1; second <= 3; second += 1) {
      expect((await relay.send(notification("dan", second))).status).toBe(202);
    }
    expect((await relay.send(notification("dan", 2))).body).toEqual({ outcome: "duplicate" });
    const expected = [1, 2, 3].map((sequence) => `${NOTIFICATION} ${sequence}`);
    await eventually(() => expect(received(told, "dan")).toEqual(expected));
    await eventually(() => {
      expect(received(every, "dan")).toEqual(["customer.profile.updated 1", ...expected]);
    });
    await relay.isSynced("dan", "latest");
    expect(received(latest, "dan")).toEqual(["customer.profile.updated 1"]);
    expect(bodiesOf(told, "dan")[0]?.data.notifications?.[1]).toMatchObject({ local: "fr" });
  });

  it("may come before anything else is known of their customer", async () => {
    await relay.accept(notification("eve", 1));
    await eventually(() => expect(received(told, "eve")).toEqual([`${NOTIFICATION} 1`]));
    expect(await relay.profile("eve", "strong")).toBeNull();
  });

  it("from before an erasure are stale, and bring nothing back", async () => {
    await relay.accept(notification("fay", 1));
    await eventually(() => expect(received(told, "fay")).toHaveLength(1));
    expect(await relay.erase("fay")).toBe(204);
    expect((await relay.send(notification("fay", 1))).body).toEqual({ outcome: "stale" });
    expect(await relay.deliveries("fay")).toBeNull();
  });
});
