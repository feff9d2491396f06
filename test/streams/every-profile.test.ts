// Through the real relay: a CRM that wants every profile gets each, in order.
import { describe, expect, it } from "vitest";
import { PROFILE_TOPIC } from "../../src/topics.ts";
import { isOver } from "../support/backfills.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";
import { stepsAt } from "../support/steps.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;

describe("a CRM that wants every profile", () => {
  it("gets each, in order, with the changes from one to the next", async () => {
    const count = 12;
    for (let step = 1; step <= count; step += 1) await relay.accept(update("ann", step));
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    );
    const events = crms.events("one");
    expect(events.map(({ data }) => data.sequence)).toEqual(events.map((_, n) => n + 1));
    expect(events.map(({ data }) => data.changes)).toEqual([
      null,
      ...events.slice(1).map((_, n) => ({ "points.total": { from: n + 1, to: n + 2 } })),
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(count);
    // Meanwhile the others got the newest, in as few calls as they like.
    expect(stepsAt(crms, "tiers", PROFILE_TOPIC).at(-1)).toBe(count);
    expect(stepsAt(crms, "many", PROFILE_TOPIC)).toEqual([]);
  });

  it("gets no duplicate and nothing stale", async () => {
    await relay.accept(update("ann", 2));
    expect((await relay.send(update("ann", 2))).body).toEqual({ outcome: "duplicate" });
    expect((await relay.send(update("ann", 1))).body).toEqual({ outcome: "stale" });
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual([2]);
  });

  it("gets the later ones only once the earlier is through", async () => {
    crms.answers("one", () => new Response("down", { status: 503 }));
    for (const step of [1, 2, 3]) await relay.accept(update("ann", step));
    await eventually(async () => {
      expect((await relay.standing("ann", "one")).attempts).toBeGreaterThan(0);
    });
    expect(await relay.standing("ann", "one")).toMatchObject({
      state: "pending",
      acknowledged_sequence: 0,
      newest_sequence: 3,
      events_waiting: 3,
      events_dead: 0,
      last_status: 503,
    });
    expect(await operator.look("one")).toMatchObject({ deliver: "every", customers_behind: 1 });
    expect(new Set(stepsAt(crms, "one", PROFILE_TOPIC))).toEqual(new Set([1]));
    crms.answers("one", () => new Response("up"));
    const before = stepsAt(crms, "one", PROFILE_TOPIC).length;
    moveClock(MINUTE_MS);
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", PROFILE_TOPIC).slice(before)).toEqual([1, 2, 3]);
    expect(await relay.standing("ann", "one")).toMatchObject({
      acknowledged_sequence: 3,
      events_waiting: 0,
    });
  });

  it("gets all of them when a pause ends", async () => {
    await operator.pause("one");
    for (const step of [1, 2, 3]) await relay.accept(update("ann", step));
    await eventually(async () => {
      const { state, events_waiting } = await relay.standing("ann", "one");
      expect([state, events_waiting]).toEqual(["held", 3]);
    });
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual([]);
    await operator.resume("one");
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual([1, 2, 3]);
    expect(await operator.look("one")).toMatchObject({ customers_behind: 0 });
  });

  it("gets the current one once more by a resync, and by a backfill of all", async () => {
    for (const step of [1, 2]) await relay.accept(update("ann", step));
    await relay.catchUp(["ann"]);
    moveClock(MINUTE_MS);
    await operator.post("/v1/profiles/ann/resync?destination=one");
    await relay.catchUp(["ann"]);
    await operator.backfill("one", { all: true });
    await isOver(operator, "one");
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual([1, 2, 2, 2]);
    expect(stepsAt(crms, "tiers", PROFILE_TOPIC).at(-1)).toBe(2);
  });
});
