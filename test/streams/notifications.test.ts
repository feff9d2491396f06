// Through the real relay: CRMs that want notifications get each of them, in order and once.
import { describe, expect, it } from "vitest";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../src/topics.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";
import { notification, stepsAt } from "../support/steps.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;

describe("notifications", () => {
  it("reach those that ask for them, in order, each once", async () => {
    for (let step = 1; step <= 5; step += 1) {
      const { status, body } = await relay.send(notification("ann", step));
      expect([status, body]).toMatchObject([202, { outcome: "accepted", sequence: step }]);
    }
    await relay.catchUp(["ann"]);
    for (const crm of ["one", "many"] as const) {
      expect(stepsAt(crms, crm, NOTIFICATION_TOPIC)).toEqual([1, 2, 3, 4, 5]);
    }
    expect(crms.events("tiers")).toEqual([]);
    expect(crms.events("one")[0]?.data).toMatchObject({
      customer_id: "ann",
      notifications: [{ local: "en", title: "message 1" }],
      sequence: 1,
    });
    expect(crms.events("one")[0]?.data).not.toHaveProperty("changes");
  });

  it("are taken once, however often they are sent", async () => {
    expect((await relay.send(notification("ann", 1))).status).toBe(202);
    await relay.catchUp(["ann"]);
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await relay.send(notification("ann", 1));
      expect([status, body]).toEqual([200, { outcome: "duplicate" }]);
    }
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", NOTIFICATION_TOPIC)).toEqual([1]);
  });

  it("wait for each other at a CRM that is away, and for nobody else", async () => {
    crms.answers("many", () => new Response("down", { status: 503 }));
    for (const step of [1, 2, 3]) await relay.send(notification("ann", step));
    await relay.send(notification("bob", 1));
    await eventually(() => expect(stepsAt(crms, "one", NOTIFICATION_TOPIC)).toEqual([1, 2, 3]));
    expect(await relay.standing("ann", "many")).toMatchObject({ events_waiting: 3 });
    await eventually(async () => {
      expect(await operator.look("many")).toMatchObject({ customers_behind: 2 });
    });
    crms.answers("many", () => new Response("up"));
    const before = stepsAt(crms, "many", NOTIFICATION_TOPIC).length;
    moveClock(MINUTE_MS);
    await relay.catchUp(["ann"]);
    await relay.catchUp(["bob"]);
    expect(stepsAt(crms, "many", NOTIFICATION_TOPIC).slice(before)).toEqual([1, 2, 3]);
  });

  it("and profiles of a customer keep the order in which they came", async () => {
    await relay.accept(update("ann", 1));
    await relay.send(notification("ann", 2));
    await relay.accept(update("ann", 3));
    await relay.send(notification("ann", 4));
    await relay.catchUp(["ann"]);
    expect(crms.events("one").map(({ type }) => type)).toEqual([
      PROFILE_TOPIC,
      NOTIFICATION_TOPIC,
      PROFILE_TOPIC,
      NOTIFICATION_TOPIC,
    ]);
    expect(crms.events("one")[2]?.data.changes).toEqual({ "points.total": { from: 1, to: 3 } });
    expect(await relay.profile("ann", "strong")).toMatchObject({ sequence: 2 });
  });

  it("are tested by one of their own, where nothing else is asked for", async () => {
    expect(await operator.test("many")).toMatchObject({ outcome: "delivered" });
    expect(crms.events("many")[0]).toMatchObject({
      type: NOTIFICATION_TOPIC,
      data: { customer_id: "gameball-relay-test", attributes: { gameball_relay_test: true } },
    });
  });

  it("of a customer are forgotten with the customer", async () => {
    await operator.pause("one");
    await relay.send(notification("ann", 1));
    await relay.erase("ann");
    expect((await operator.get("/v1/profiles/ann/deliveries")).status).toBe(404);
    await operator.resume("one");
    await relay.ringAll();
    await scheduler.wait(50);
    expect(stepsAt(crms, "one", NOTIFICATION_TOPIC)).toEqual([]);
  });
});
