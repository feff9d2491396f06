// A hundred thousand dead letters in one partition: read page by page, each page by itself.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as v from "valibot";
import { expect, it, vi } from "vitest";
import { update } from "../support/relay-client.ts";
import { partitionNumber, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const LETTERS = 100_000;
const LIMIT = 1_000;
/** Rows read for a page: of each letter those in index and table, and whether it has events beside it. */
const MAX_ROWS = 4 * LIMIT;

const pageSchema = v.object({
  dead_letters: v.array(v.object({ customer_id: v.string() })),
  next_cursor: v.nullable(v.string()),
});

it("are all found, in order, by reading little more than each page holds", async () => {
  crms.answers("one", () => new Response("no", { status: 422 }));
  await relay.accept(update("ann", 1));
  await relay.stands("ann", "dead", ["one"]);
  const stub = env.LEDGER.getByName(String(await partitionNumber("ann")));
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
       INSERT INTO customers (customer_id, state, dead)
         SELECT format('bob-%06d', n), state, dead FROM customers, numbers WHERE customer_id = 'ann'`,
      LETTERS - 1,
    );
  });
  const exec = await runInDurableObject(stub, (_, { storage }) =>
    vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
  );
  const found: string[] = [];
  let mostRows = 0;
  let cursor: string | null = "";
  while (cursor !== null) {
    exec.mockClear();
    const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const path = `/v1/destinations/one/dead-letters?limit=${LIMIT}${query}`;
    const page: v.InferOutput<typeof pageSchema> = v.parse(
      pageSchema,
      (await relay.get(path)).body,
    );
    found.push(...page.dead_letters.map((letter) => letter.customer_id));
    const cursors = exec.mock.results.map(({ value }) => value as ReturnType<SqlStorage["exec"]>);
    mostRows = Math.max(
      mostRows,
      cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    );
    cursor = page.next_cursor;
  }
  expect(found).toHaveLength(LETTERS);
  expect(new Set(found).size).toBe(LETTERS);
  expect(found.toSorted()).toEqual(found);
  expect(mostRows).toBeGreaterThan(LIMIT);
  expect(mostRows).toBeLessThanOrEqual(MAX_ROWS);
}, 120_000);
