// GET /v1/destinations/{id}/dead-letters: what was given up on, page by page.
import { beforeEach, describe, expect, it } from "vitest";
import type { CrmName } from "../support/crms-in-workerd.ts";
import { OperatorClient } from "../support/operator.ts";
import { BAD, calledBy, hasDead, refuseTheBad } from "../support/refused-customers.ts";
import { update } from "../support/relay-client.ts";
import { partitionNumber, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

async function deadCustomers(id: CrmName): Promise<string[]> {
  return (await operator.allDeadLetters(id, 1_000)).map((letter) => letter.customer_id);
}

beforeEach(async () => refuseTheBad(crms, operator));

describe("a dead letter", () => {
  it("says whose it is, why, since when, and what the CRM answered last", async () => {
    const [letter] = await operator.allDeadLetters("one", 100);
    expect(letter).toEqual({
      customer_id: expect.stringMatching(/^bad-/),
      topic: "customer.profile.updated",
      event_id: expect.stringMatching(/^evt_/),
      sequence: 1,
      reason: "the destination refused it",
      since: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/),
      last_status: 422,
      last_error: "HTTP 422: no such customer",
    });
  });

  it("holds the beginning of a long answer, without its secrets", async () => {
    const text = `one-token ${"x".repeat(2_000)}`;
    crms.answers("one", () => new Response(text, { status: 400 }));
    await relay.accept(update("good-0", 2));
    await hasDead(operator, "one", BAD.length + 1);
    const letters = await operator.allDeadLetters("one", 1_000);
    const { last_error } = letters.find(({ customer_id }) => customer_id === "good-0") ?? {};
    expect(last_error).toBe(`HTTP 400: *** ${"x".repeat(496)}`);
  });

  it("is of one destination and no other", async () => {
    expect(await deadCustomers("many")).toEqual([]);
    expect(await operator.look("many")).toMatchObject({ customers_dead: 0, dead_letters: 0 });
  });

  it("is gone with the customer", async () => {
    await relay.erase("bad-3");
    expect(await deadCustomers("one")).not.toContain("bad-3");
    expect(await operator.look("one")).toMatchObject({ customers_dead: BAD.length - 1 });
  });

  it("is no more once a newer update is delivered", async () => {
    const called = await calledBy(crms, "one", async () => {
      await relay.accept(update("bad-3", 2));
      await relay.catchUp(["bad-3"]);
    });
    expect(called).toEqual(["bad-3"]);
    expect(crms.events("one").at(-1)?.data).toMatchObject({ sequence: 2, changes: null });
    expect(await deadCustomers("one")).not.toContain("bad-3");
    expect(await operator.look("one")).toMatchObject({ customers_dead: BAD.length - 1 });
  });
});

describe("pages of dead letters", () => {
  it.each([1, 2, 7, 1_000])("of %i hold each of them once", async (limit) => {
    const partitions = new Set(await Promise.all(BAD.map(partitionNumber)));
    expect(partitions.size).toBeGreaterThan(5);
    const letters = await operator.allDeadLetters("one", limit);
    expect(letters.map((letter) => letter.customer_id).toSorted()).toEqual(BAD);
  });

  it("are filled, though partitions are not", async () => {
    const first = await operator.deadLetters("one", { limit: "20" });
    expect(first.dead_letters).toHaveLength(20);
    const cursor = first.next_cursor ?? "";
    const second = await operator.deadLetters("one", { limit: "20", cursor });
    expect([second.dead_letters.length, second.next_cursor]).toEqual([BAD.length - 20, null]);
  });

  it("follow each other although what they ended with is dead no more", async () => {
    const first = await operator.deadLetters("one", { limit: "10" });
    const seen = first.dead_letters.map((letter) => letter.customer_id);
    await operator.replay("one", seen);
    await hasDead(operator, "one", BAD.length - seen.length);
    const cursor = first.next_cursor ?? "";
    const second = await operator.deadLetters("one", { limit: "1000", cursor });
    const rest = second.dead_letters.map((letter) => letter.customer_id);
    expect([...seen, ...rest].toSorted()).toEqual(BAD);
  });

  it("begin behind the last partition with nothing", async () => {
    const cursor = btoa('[16,"",0]').replaceAll("=", "");
    const { dead_letters, next_cursor } = await operator.deadLetters("one", { cursor });
    expect([dead_letters, next_cursor]).toEqual([[], null]);
  });
});
