// Through the real relay: events that a CRM refuses are dead letters, each of its own, and can be replayed.
import { beforeEach, describe, expect, it } from "vitest";
import { PROFILE_TOPIC } from "../../src/topics.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { stepOf, stepsAt } from "../support/steps.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

/** Steps that the CRM refuses. */
const REFUSED = [2, 4];

/** Lets alarms ring until what was refused of a customer is dead, and nothing waits. */
async function hasDeadEvents(customer: string): Promise<void> {
  await eventually(async () => {
    await relay.ringAll();
    const { state, events_waiting, events_dead } = await relay.standing(customer, "one");
    expect([state, events_waiting, events_dead]).toEqual(["dead", 0, REFUSED.length]);
  });
}

describe("events that a CRM refuses", () => {
  beforeEach(async () => {
    crms.answers("one", ({ events }) => {
      const refused = events.some((event) => REFUSED.includes(stepOf(event)));
      return new Response("no", { status: refused ? 422 : 200 });
    });
    for (let step = 1; step <= 5; step += 1) {
      await relay.accept(update("ann", step));
      await relay.accept(update("bob", step));
    }
    for (const customer of ["ann", "bob"]) {
      await hasDeadEvents(customer);
    }
  });

  it("are dead letters of their own, from page to page", async () => {
    expect(stepsAt(crms, "one", PROFILE_TOPIC)).toEqual([1, 2, 3, 4, 5]);
    expect(await operator.look("one")).toMatchObject({ customers_dead: 2, dead_letters: 4 });
    for (const limit of [1, 2, 3, 1_000]) {
      const letters = await operator.allDeadLetters("one", limit);
      const found = letters.map(({ customer_id, sequence }) => `${customer_id} ${sequence}`);
      expect(found.toSorted()).toEqual(["ann 2", "ann 4", "bob 2", "bob 4"]);
      expect(letters[0]).toMatchObject({ last_status: 422, last_error: "HTTP 422: no" });
    }
  });

  it("are tried again by a replay, in their order", async () => {
    crms.answers("one", () => new Response("yes"));
    await operator.replay("one", ["ann"]);
    await relay.catchUp(["ann"]);
    expect(stepsAt(crms, "one", PROFILE_TOPIC).slice(5)).toEqual([2, 4]);
    expect(await operator.look("one")).toMatchObject({ customers_dead: 1, dead_letters: 2 });
    await operator.replay("one");
    await relay.catchUp(["bob"]);
    expect(await operator.look("one")).toMatchObject({ customers_dead: 0, dead_letters: 0 });
  });
});
