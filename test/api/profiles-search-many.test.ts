// A search among a thousand customers of one partition reads those that it finds, and no others.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as v from "valibot";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, partitionNumber, relay, withRelay } from "../support/relay-in-workerd.ts";

withRelay();
const operator = new OperatorClient(relay);

const CUSTOMERS = 1_000;
const BEHIND = 10;
const LARGE = 40;
/** Rows read for each that is behind, in index and table, and in 16 partitions whatever is asked. */
const MAX_ROWS = 3 * BEHIND + 16 * 10;
/** Longer than a customer's minimum interval. */
const INTERVAL_MS = 2_000;

const pageSchema = v.object({
  profiles: v.array(v.object({ customer_id: v.string() })),
  next_cursor: v.nullable(v.string()),
});

/** Copies ann's row, as it is now, to so many customers of the same partition. */
async function copyAnn(name: string, count: number): Promise<void> {
  const stub = env.LEDGER.getByName(String(await partitionNumber("ann")));
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO customers (customer_id, state, due_at, behind, dead, email)
         SELECT format('%s-%04d', ?, n),
           replace(state, '"customer_id":"ann"', format('"customer_id":"%s-%04d"', ?, n)), due_at, behind, dead, email
           FROM customers, numbers WHERE customer_id = 'ann'`,
      count,
      name,
      name,
    );
  });
}

/** A page as long as pages may be. */
async function page(query: string) {
  return v.parse(pageSchema, (await relay.get(`/v1/profiles?limit=1000&${query}`)).body);
}

/** How many profiles a search finds, and how many rows that reads. */
async function search(query: string): Promise<readonly [number, number]> {
  const stub = env.LEDGER.getByName("0");
  const exec = await runInDurableObject(stub, (_, { storage }) =>
    vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
  );
  exec.mockClear();
  const { profiles } = await page(query);
  const cursors = exec.mock.results.map(({ value }) => value as ReturnType<SqlStorage["exec"]>);
  return [profiles.length, cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)];
}

describe("a search among a thousand", () => {
  // Ten are behind at one destination with a newer profile that has an address of its own.
  beforeEach(async () => {
    await relay.accept(update("ann", 1, { email: "many@example.com" }));
    await relay.stands("ann", "synced");
    await copyAnn("in-step", CUSTOMERS - BEHIND);
    moveClock(INTERVAL_MS);
    await operator.pause("one");
    await relay.accept(update("ann", 2, { email: "few@example.com" }));
    await relay.stands("ann", "held", ["one"]);
    await relay.stands("ann", "synced", ["PROFILES", "many", "tiers"]);
    await copyAnn("behind", BEHIND - 1);
  });

  it.each(["behind=one", "email=few@example.com"])("%s", async (query) => {
    const [found, rows] = await search(query);
    expect(found).toBe(BEHIND);
    expect(rows).toBeGreaterThan(BEHIND);
    expect(rows).toBeLessThanOrEqual(MAX_ROWS);
  });

  it("behind another destination, where nobody is", async () => {
    const [found, rows] = await search("behind=many");
    expect(found).toBe(0);
    expect(rows).toBeLessThanOrEqual(MAX_ROWS);
  });
});

it.each(["behind=one", "email=many@example.com"])(
  "large profiles, %s, end a page early",
  async (query) => {
    await operator.pause("one");
    const attributes = { note: "x".repeat(60_000) };
    await relay.accept(update("ann", 1, { email: "many@example.com", ...attributes }));
    await relay.stands("ann", "held", ["one"]);
    await copyAnn("large", LARGE - 1);
    const first = await page(query);
    expect(first.profiles.length).toBeLessThan(20);
    const second = await page(`${query}&cursor=${first.next_cursor ?? ""}`);
    const third = await page(`${query}&cursor=${second.next_cursor ?? ""}`);
    expect(third.next_cursor).toBeNull();
    const found = [first, second, third].flatMap(({ profiles }) => profiles);
    const names = found.map(({ customer_id }) => customer_id);
    expect([names.length, new Set(names).size]).toEqual([LARGE, LARGE]);
  },
);
