// POST /v1/profiles/{customer_id}/resync: the current profile is sent once more.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { expectProblem } from "../support/problems.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const RESYNC = `${profilePath("ann")}/resync`;
const ALL = ["one", "many", "tiers"] as const;
/** Longer than a customer's minimum interval. */
const INTERVAL_MS = 2_000;

/** The customers that each CRM heard of by some work. */
async function calledBy(work: () => Promise<void>): Promise<(readonly string[])[]> {
  const before = ALL.map((crm) => crms.events(crm).length);
  await work();
  return ALL.map((crm, index) =>
    crms
      .events(crm)
      .slice(before[index])
      .map(({ data }) => data.customer_id),
  );
}

/** Orders a resync, which must be taken, and waits until everybody is in step. */
async function resync(path: string = RESYNC): Promise<void> {
  const { status, body } = await operator.post(path);
  expect([status, body]).toEqual([202, { outcome: "accepted" }]);
  await relay.catchUp(["ann"]);
}

// Two customers are in step everywhere.
beforeEach(async () => {
  for (const step of [1, 2]) await relay.accept(update("ann", step, { tier_name: "gold" }));
  await relay.accept(update("bob", 1));
  await relay.catchUp(["ann", "bob"]);
  moveClock(INTERVAL_MS);
});

describe("a resync", () => {
  it("sends the current profile to every destination, also to the lookup store", async () => {
    await env.PROFILES.delete("ann");
    expect(await calledBy(resync)).toEqual([["ann"], ["ann"], ["ann"]]);
    for (const crm of ALL) {
      const events = crms.events(crm).filter(({ data }) => data.customer_id === "ann");
      const { data, id } = events.at(-1) ?? {};
      expect(data).toMatchObject({ sequence: 2, points: { total: 2 }, changes: {} });
      expect(id).toBe(events.at(-2)?.id);
    }
    expect(await env.PROFILES.get("ann", "json")).toMatchObject({ sequence: 2 });
  });

  it("sends it to one destination, and to no other", async () => {
    await env.PROFILES.delete("ann");
    expect(await calledBy(async () => resync(`${RESYNC}?destination=many`))).toEqual([
      [],
      ["ann"],
      [],
    ]);
    expect(await env.PROFILES.get("ann")).toBeNull();
  });

  it("is not spared by only_on", async () => {
    await relay.accept(update("ann", 3, { tier_name: "gold" }));
    await relay.catchUp(["ann"]);
    moveClock(INTERVAL_MS);
    expect(await calledBy(async () => resync(`${RESYNC}?destination=tiers`))).toEqual([
      [],
      [],
      ["ann"],
    ]);
    expect(crms.events("tiers").at(-1)?.data).toMatchObject({
      sequence: 3,
      points: { total: 3 },
      changes: { "points.total": { to: 3 } },
    });
  });

  it("is once, however often it is ordered before the call", async () => {
    await operator.pause("one");
    const called = await calledBy(async () => {
      for (let time = 0; time < 3; time += 1) {
        expect((await operator.post(`${RESYNC}?destination=one`)).status).toBe(202);
      }
      moveClock(INTERVAL_MS);
      await operator.resume("one");
      await relay.catchUp(["ann"]);
    });
    expect(called).toEqual([["ann"], [], []]);
  });

  it("is repeated until it is acknowledged, and the customer is behind until then", async () => {
    crms.answers("one", () => new Response("down", { status: 500 }));
    await operator.post(`${RESYNC}?destination=one`);
    await eventually(async () => {
      await relay.ringAll();
      expect((await relay.standing("ann", "one")).attempts).toBeGreaterThan(0);
    });
    expect(await operator.look("one")).toMatchObject({ customers_behind: 1 });
    crms.answers("one", () => new Response("up"));
    moveClock(60 * 60_000);
    await relay.catchUp(["ann"]);
    expect(await operator.look("one")).toMatchObject({ customers_behind: 0 });
  });

  it("tries a dead letter again", async () => {
    crms.answers("one", () => new Response("no", { status: 422 }));
    await relay.accept(update("bob", 2));
    await relay.stands("bob", "dead", ["one"]);
    crms.answers("one", () => new Response("yes"));
    moveClock(INTERVAL_MS);
    expect((await operator.post(`${profilePath("bob")}/resync?destination=one`)).status).toBe(202);
    await relay.catchUp(["bob"]);
    expect(await operator.look("one")).toMatchObject({ customers_dead: 0, dead_letters: 0 });
  });

  it("is in the customer's timeline", async () => {
    await resync(`${RESYNC}?destination=one`);
    const { timeline = [] } = (await relay.deliveries("ann")) ?? {};
    expect(timeline.slice(-2)).toMatchObject([
      { event: "resynced", destination: "one", sequence: 2 },
      { event: "delivered", destination: "one", sequence: 2 },
    ]);
  });
});

describe("a resync of nobody, or to nobody", () => {
  it.each(["nobody", "x".repeat(600), "a\u0000b"])("%j is answered 404", async (customer) => {
    const answer = await operator.post(`${profilePath(customer)}/resync`);
    expectProblem(answer, 404, "not-found");
  });

  it("is answered 404 for an erased customer", async () => {
    await relay.erase("ann");
    const called = await calledBy(async () => {
      expectProblem(await operator.post(RESYNC), 404, "not-found");
      await relay.ringAll();
      await scheduler.wait(50);
    });
    expect(called).toEqual([[], [], []]);
  });

  it.each(["nowhere", "PROFILES", "", "ONE"])(
    "is answered 404 for the destination %j",
    async (id) => {
      const called = await calledBy(async () => {
        const answer = await operator.post(`${RESYNC}?destination=${id}`);
        expectProblem(answer, 404, "not-found");
        await relay.ringAll();
        await scheduler.wait(50);
      });
      expect(called).toEqual([[], [], []]);
    },
  );
});
