// POST /v1/destinations/{id}/replay: what was given up on is tried again.
import { beforeEach, describe, expect, it } from "vitest";
import { OperatorClient } from "../support/operator.ts";
import { BAD, calledBy, hasDead, INTERVAL_MS, refuseTheBad } from "../support/refused-customers.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

beforeEach(async () => refuseTheBad(crms, operator));

describe("a replay", () => {
  it("tries one of them again, as if for the first time", async () => {
    const called = await calledBy(crms, "one", async () => {
      await operator.replay("one", ["bad-3"]);
      await relay.catchUp(["bad-3"]);
    });
    expect(called).toEqual(["bad-3"]);
    await hasDead(operator, "one", BAD.length - 1);
    expect((await relay.standing("bad-3", "one")).attempts).toBe(0);
  });

  it("calls nobody for customers without a dead letter, or whom nobody knows", async () => {
    const called = await calledBy(crms, "one", async () => {
      await operator.replay("one", ["good-1", "nobody", "bad-3", "bad-3", "bad-7"]);
      await hasDead(operator, "one", BAD.length - 2);
    });
    expect(called).toEqual(["bad-3", "bad-7"]);
    expect((await operator.get("/v1/profiles/nobody/deliveries")).status).toBe(404);
  });

  it("tries all of them again, once each, and says how far it is", async () => {
    const called = await calledBy(crms, "one", async () => {
      await operator.replay("one");
      await hasDead(operator, "one", 0);
    });
    expect(called).toEqual(BAD);
    const replay = await operator.finishes("one", "replay");
    expect(replay).toMatchObject({ done: BAD.length, total: BAD.length, estimated_end_at: null });
    expect(await operator.allDeadLetters("one", 10)).toEqual([]);
  });

  it("of none is over at once", async () => {
    await operator.replay("many");
    await relay.ringAll();
    expect(await operator.finishes("many", "replay")).toMatchObject({ done: 0, total: 0 });
    expect(await calledBy(crms, "many", async () => relay.ringAll())).toEqual([]);
  });

  it("leaves those dead that are refused again", async () => {
    crms.answers("one", ({ events }) => {
      const isRefused = events.some(({ data }) => data.customer_id === "bad-3");
      return new Response("hm", { status: isRefused ? 409 : 200 });
    });
    await operator.replay("one");
    await hasDead(operator, "one", 1);
    expect(await operator.allDeadLetters("one", 10)).toMatchObject([
      { customer_id: "bad-3", last_status: 409, last_error: "HTTP 409: hm" },
    ]);
    expect(await operator.look("one")).toMatchObject({ replay: { state: "finished" } });

    crms.answers("one", () => new Response("yes"));
    moveClock(INTERVAL_MS);
    expect(
      await calledBy(crms, "one", async () => {
        await operator.replay("one");
        await hasDead(operator, "one", 0);
      }),
    ).toEqual(["bad-3"]);
  });

  it("waits until a paused destination is resumed", async () => {
    await operator.pause("one");
    const called = await calledBy(crms, "one", async () => {
      await operator.replay("one", ["bad-3"]);
      await operator.replay("one");
      await relay.ringAll();
      await scheduler.wait(100);
    });
    expect(called).toEqual([]);
    moveClock(INTERVAL_MS);
    await operator.resume("one");
    await hasDead(operator, "one", 0);
    const events = crms.events("one").slice(-BAD.length);
    expect(events.map(({ data }) => data.customer_id).toSorted()).toEqual(BAD);
  });
});
