// GET /v1/profiles/{customer_id}/deliveries: where each destination stands, and what happened so far.
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const DELIVERIES = `${profilePath("ann")}/deliveries`;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("GET /v1/profiles/{customer_id}/deliveries", () => {
  it("names every destination, the lookup store first", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    const { status, headers, body } = await relay.get(DELIVERIES);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const synced = {
      state: "synced",
      acknowledged_sequence: 1,
      newest_sequence: 1,
      attempts: 0,
      next_attempt_at: null,
      last_error: null,
    };
    expect(body).toMatchObject({
      customer_id: "ann",
      newest_sequence: 1,
      destinations: [
        { id: "PROFILES", ...synced, last_status: null },
        { id: "one", ...synced, last_status: 200 },
        { id: "many", ...synced, last_status: 200 },
        { id: "tiers", ...synced, last_status: 200 },
      ],
    });
  });

  it("tells what happened, in order", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    const { timeline } = (await relay.get(DELIVERIES)).body as { timeline: unknown[] };
    expect(timeline).toHaveLength(5);
    expect(timeline[0]).toEqual({
      at: expect.stringMatching(TIME),
      event: "recorded",
      sequence: 1,
    });
    expect(timeline).toContainEqual({
      at: expect.stringMatching(TIME),
      event: "delivered",
      sequence: 1,
      destination: "one",
      status: 200,
    });
  });

  it("keeps the last 20 entries of what happened", async () => {
    for (let step = 0; step < 25; step += 1) await relay.accept(update("ann", step));
    await relay.stands("ann", "synced");
    const { timeline } = (await relay.get(DELIVERIES)).body as { timeline: unknown[] };
    expect(timeline).toHaveLength(20);
  });

  it("calls a destination in flight while its call is under way", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    crms.answers("one", async () => {
      await released;
      return new Response();
    });
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "in_flight", ["one"]);
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    release();
    await relay.stands("ann", "synced");
    expect(crms.calls("one")).toHaveLength(1);
  });

  it("calls a destination pending whose attempt failed, and says when the next is", async () => {
    crms.answers("one", () => new Response("try later", { status: 503 }));
    await relay.accept(update("ann", 1));
    await eventually(async () => {
      expect(await relay.standing("ann", "one")).toMatchObject({
        acknowledged_sequence: 0,
        newest_sequence: 1,
        attempts: 1,
        next_attempt_at: expect.stringMatching(TIME),
        last_status: 503,
        last_error: "HTTP 503: try later",
      });
    });
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
  });

  it("calls a destination held whose credentials were refused, without an attempt", async () => {
    crms.answers("one", () => new Response("who are you", { status: 401 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    expect(await relay.standing("ann", "one")).toMatchObject({
      attempts: 0,
      last_status: 401,
      last_error: "the credentials were refused: HTTP 401: who are you",
    });
  });

  it("calls a destination dead that refused the profile, until the next update", async () => {
    crms.answers("one", () => new Response("bad phone", { status: 422 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "dead", ["one"]);
    expect(await relay.standing("ann", "one")).toMatchObject({
      acknowledged_sequence: 0,
      next_attempt_at: null,
      last_status: 422,
      last_error: "HTTP 422: bad phone",
    });
    crms.answers("one", () => new Response());
    await relay.accept(update("ann", 2));
    await relay.stands("ann", "synced");
    expect(crms.events("one").map(({ data }) => data.sequence)).toEqual([1, 2]);
  });

  it("shows no secret that a CRM repeated", async () => {
    crms.answers("one", ({ headers }) => {
      return new Response(`you sent ${headers.get("authorization")}`, { status: 500 });
    });
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "pending", ["one"]);
    await eventually(async () => {
      const { text } = await relay.get(DELIVERIES);
      expect(text).toContain("you sent Bearer ***");
      expect(text).not.toContain("one-token");
    });
  });

  it("counts the destinations that are behind as the clock goes on", async () => {
    crms.answers("many", () => new Response("", { status: 500 }));
    await relay.accept(update("ann", 1));
    await eventually(async () => {
      expect((await relay.standing("ann", "many")).attempts).toBe(1);
    });
    moveClock(60_000);
    await relay.ring("ann");
    await eventually(async () => {
      expect((await relay.standing("ann", "many")).attempts).toBe(2);
    });
    expect((await relay.standing("ann", "one")).state).toBe("synced");
  });
});
