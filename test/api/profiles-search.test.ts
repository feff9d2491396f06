// GET /v1/profiles: whose e-mail address it is, and with whom a destination is behind, page by page.
import { env } from "cloudflare:workers";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { API_READ_TOKEN } from "../support/bindings.ts";
import { OperatorClient } from "../support/operator.ts";
import { expectProblem } from "../support/problems.ts";
import { update } from "../support/relay-client.ts";
import {
  connectionLost,
  inLedger,
  partitionNumber,
  relay,
  relayWith,
  withRelay,
} from "../support/relay-in-workerd.ts";

withRelay();
const operator = new OperatorClient(relay);

const PATH = "/v1/profiles";
const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `customer-${index}`);

const pageSchema = v.strictObject({
  profiles: v.array(v.looseObject({ customer_id: v.string(), sequence: v.number() })),
  next_cursor: v.nullable(v.string()),
});

/** One page of those that a query finds. */
async function search(query: Readonly<Record<string, string>>) {
  const answer = await relay.get(`${PATH}?${new URLSearchParams(query).toString()}`);
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  return v.parse(pageSchema, answer.body);
}

/** The customers of all pages of a query, each page as long as its limit but for the last. */
async function findAll(query: Readonly<Record<string, string>>, limit: number): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const place: Readonly<Record<string, string>> = cursor === null ? {} : { cursor };
    const page = await search({ ...query, ...place, limit: String(limit) });
    found.push(...page.profiles.map(({ customer_id }) => customer_id));
    cursor = page.next_cursor;
    if (cursor !== null && page.profiles.length !== limit) throw new Error("a page is not full");
  } while (cursor !== null);
  return found;
}

/** Customers who share one e-mail address, whom one destination is behind with. */
async function holdAll(customers: readonly string[] = CUSTOMERS): Promise<void> {
  await operator.pause("one");
  for (const customer of customers) {
    await relay.accept(update(customer, 1, { email: "Shared@Example.com" }));
  }
  for (const customer of customers) {
    await relay.stands(customer, "held", ["one"]);
    await relay.stands(customer, "synced", ["PROFILES", "many", "tiers"]);
  }
}

describe("an e-mail address", () => {
  it.each(["ann@example.com", "ANN@EXAMPLE.COM", " Ann@example.com\n"])(
    "finds the profiles that have it, written as %j",
    async (email) => {
      await relay.accept(update("ann", 1, { email: "Ann@Example.com" }));
      await relay.accept(update("bob", 1, { email: "bob@example.com" }));
      await relay.accept(update("carol", 1, { email: null }));
      const { profiles, next_cursor } = await search({ email });
      expect([profiles, next_cursor]).toEqual([[await inLedger("ann")], null]);
    },
  );

  it("finds a profile that has blanks around it", async () => {
    await relay.accept(update("ann", 1, { email: "  ann@example.com " }));
    expect((await search({ email: "ann@example.com" })).profiles).toHaveLength(1);
  });

  it("is that of the newest profile", async () => {
    await relay.accept(update("ann", 1, { email: "old@example.com" }));
    await relay.accept(update("ann", 2, { email: "new@example.com" }));
    expect((await search({ email: "old@example.com" })).profiles).toEqual([]);
    expect((await search({ email: "new@example.com" })).profiles).toMatchObject([{ sequence: 2 }]);
  });

  it("finds nobody who was erased", async () => {
    await relay.accept(update("ann", 1, { email: "ann@example.com" }));
    await relay.erase("ann");
    expect(await search({ email: "ann@example.com" })).toEqual({ profiles: [], next_cursor: null });
  });

  it.each([1, 7, 100])(
    "that several share finds each of them once, by pages of %i",
    async (limit) => {
      await holdAll();
      expect(new Set(await Promise.all(CUSTOMERS.map(partitionNumber))).size).toBeGreaterThan(5);
      const found = await findAll({ email: "shared@example.com" }, limit);
      expect(found.toSorted()).toEqual(CUSTOMERS.toSorted());
    },
  );
});

describe("a destination that is behind", () => {
  it.each([1, 7, 100])("has each customer once, by pages of %i", async (limit) => {
    await holdAll();
    expect((await findAll({ behind: "one" }, limit)).toSorted()).toEqual(CUSTOMERS.toSorted());
    expect(await findAll({ behind: "many" }, limit)).toEqual([]);
  });

  it("has as many as it is said to be behind with, until it has caught up", async () => {
    await holdAll(CUSTOMERS.slice(0, 3));
    const { customers_behind } = await operator.look("one");
    expect((await search({ behind: "one" })).profiles).toHaveLength(customers_behind);
    await operator.resume("one");
    await relay.catchUp(CUSTOMERS.slice(0, 3));
    expect((await search({ behind: "one" })).profiles).toEqual([]);
  });

  it("may be the lookup store", async () => {
    const put = vi.spyOn(Object.getPrototypeOf(env.PROFILES) as KVNamespace, "put");
    put.mockRejectedValue(new Error("KV is down"));
    await relay.accept(update("ann", 1));
    expect((await search({ behind: "PROFILES" })).profiles).toMatchObject([{ customer_id: "ann" }]);
  });

  it("is not so with those whom it refused", async () => {
    await holdAll(["ann", "bob"]);
    vi.mocked(fetch).mockImplementation(async () => new Response("no", { status: 422 }));
    await operator.resume("one");
    await relay.stands("ann", "dead", ["one"]);
    await relay.stands("bob", "dead", ["one"]);
    expect((await search({ behind: "one" })).profiles).toEqual([]);
  });

  it("shows nobody who is being erased, and fills the page with those behind", async () => {
    const store = Object.getPrototypeOf(env.PROFILES) as KVNamespace;
    vi.spyOn(store, "put").mockRejectedValue(new Error("KV is down"));
    vi.spyOn(store, "delete").mockRejectedValue(new Error("KV is down"));
    const [first, second] = await neighbours();
    for (const customer of [first, second]) await relay.accept(update(customer, 1));
    await relay.erase(first);
    expect(await findAll({ behind: "PROFILES" }, 1)).toEqual([second]);
  });
});

describe("a search", () => {
  it("may be made with the token that only reads, and not without one", async () => {
    const path = `${PATH}?email=ann@example.com`;
    const answer = await relay.get(path, { authorization: `Bearer ${API_READ_TOKEN}` });
    expect(answer.status).toBe(200);
    expectProblem(await relay.ask(path), 401, "unauthorized");
  });

  it.each([
    ["?", "/email", "exactly one of email and behind must be given"],
    ["?email=a@b.c&behind=one", "/email", "exactly one of email and behind must be given"],
    ["?email=%20", "/email", "must not be empty"],
    ["?behind=one&limit=0", "/limit", "must be a whole number from 1 to 1000"],
    ["?behind=one&limit=1001", "/limit", "must be a whole number from 1 to 1000"],
    ["?email=a@b.c&cursor=nothing", "/cursor", "must be the next_cursor of another page"],
  ])("%s is refused", async (query, pointer, detail) => {
    const answer = await relay.get(PATH + query);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      type: "urn:gameball-relay:problem:invalid-request",
      errors: [{ pointer, detail }],
    });
    expect(answer.text).not.toContain("a@b.c");
  });

  it.each(["nobody", "ONE", "", "constructor"])("is 404 for a destination %j", async (id) => {
    expectProblem(await relay.get(`${PATH}?behind=${id}`), 404, "not-found");
  });

  it("is 503 while a partition is out of reach", async () => {
    const partition = { findByEmail: connectionLost, behind: connectionLost };
    const lost = relayWith({ LEDGER: { getByName: () => partition } });
    for (const query of ["email=ann@example.com", "behind=one"]) {
      expectProblem(await lost.get(`${PATH}?${query}`), 503, "ledger-unavailable");
    }
  });

  it("shows nothing of anybody else, whatever is written for an address", async () => {
    await relay.accept(update("ann", 1, { email: "ann@example.com" }));
    for (const email of ["%", "_nn@example.com", "' OR 1=1 --", "ann@example.com\0", "null"]) {
      expect((await search({ email })).profiles).toEqual([]);
    }
  });
});

/** Two customers of one partition, in the order of their ids. */
async function neighbours(): Promise<readonly [string, string]> {
  const partitions = await Promise.all(CUSTOMERS.map(partitionNumber));
  for (const [index, partition] of partitions.entries()) {
    const first = CUSTOMERS[partitions.indexOf(partition)];
    const second = CUSTOMERS[index];
    if (first !== undefined && second !== undefined && first < second) return [first, second];
  }
  throw new Error("no two customers are in one partition");
}
