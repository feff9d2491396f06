// What a look at the dashboard costs with 16 destinations, 100,000 customers of whom 5,000 are behind
// everywhere, and figures of a whole day: Durable Object calls and rows read, against an empty relay.
import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { Gate, Ledger } from "../../src/index.ts";
import { count, minuteOf, NONE, quarterOf } from "../../src/gate/statistics.ts";
import { growthBindings } from "../support/bindings.ts";
import { Guest, wordsOf } from "../support/dashboard.ts";
import { answered } from "../support/gate.ts";
import { relay } from "../support/relay-in-workerd.ts";

const PARTITIONS = 16;
const CUSTOMERS = 100_000;
const BEHIND_EACH = 313;
const BEHIND = PARTITIONS * BEHIND_EACH;
const LOOKS = 15;

const ids = growthBindings.DESTINATIONS.map(({ id }) => id);

afterEach(async () => {
  vi.restoreAllMocks();
  await reset();
});

it("costs as many calls, and no more rows than there are customers behind and figures", async () => {
  const guest = new Guest(relay);
  await guest.signIn();
  await guest.get("/");
  const looked = await startCounting();
  const empty = await looked(async () => guest.get("/"));
  expect(empty.words).toContain("Everything is in step.");
  await fillLedger();
  await fillGates();
  await guest.get("/");
  const full = await looked(async () => guest.get("/"));
  expect(full.words).toContain("16 of 16 destinations are catching up.");
  expect(full.words).toContain("5,008 customers are behind");
  expect(full.words).toContain("100 % of");
  console.info(
    `A look at 16 destinations: ${full.calls} Durable Object calls (empty ${empty.calls}), ${full.rows} rows read (empty ${empty.rows}); ${(full.ms / empty.ms).toFixed(1)} × the time`,
  );
  expect(full.calls).toBe(empty.calls);
  expect(full.calls).toBe(PARTITIONS + ids.length);
  // Gates remember their figures; a partition reads those who are behind, once for all destinations.
  expect(full.rows).toBeLessThanOrEqual(BEHIND + empty.rows);
}, 120_000);

/** Counts what one look costs; its time is the median of some. */
async function startCounting() {
  const methods = [vi.spyOn(Ledger.prototype, "survey"), vi.spyOn(Gate.prototype, "history")];
  const exec = await runInDurableObject(env.LEDGER.getByName("0"), (_, { storage }) =>
    vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
  );
  return async (look: () => ReturnType<Guest["get"]>) => {
    for (const spy of [...methods, exec]) spy.mockClear();
    const times: number[] = [];
    let words = "";
    for (let n = 0; n < LOOKS; n += 1) {
      const startedAt = performance.now();
      words = wordsOf(await look());
      times.push(performance.now() - startedAt);
    }
    const rows = exec.mock.results.reduce(
      (sum, { value }) => sum + (value as ReturnType<SqlStorage["exec"]>).rowsRead,
      0,
    );
    const calls = methods.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    const ms = times.toSorted((a, b) => a - b)[Math.floor(LOOKS / 2)] ?? 0;
    return { words, rows: rows / LOOKS, calls: calls / LOOKS, ms };
  };
}

async function fillLedger(): Promise<void> {
  const now = Date.now();
  const behind = JSON.stringify(Object.fromEntries(ids.map((id) => [id, now - 60_000])));
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await runInDurableObject(env.LEDGER.getByName(String(partition)), (_, { storage }) => {
      // Those behind are due in an hour: nobody delivers anything while this is measured.
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
         INSERT INTO customers (customer_id, state, due_at, behind, dead, email)
         SELECT 'customer-' || i, '{}', iif(i < ?, ?, NULL), iif(i < ?, ?, NULL), NULL,
           'customer-' || i || '@example.com' FROM n`,
        CUSTOMERS / PARTITIONS,
        BEHIND_EACH,
        now + 3_600_000,
        BEHIND_EACH,
        behind,
      );
    });
  }
}

async function fillGates(): Promise<void> {
  const minute = minuteOf(Date.now());
  const counts = JSON.stringify(count(NONE, [answered]));
  const failure = JSON.stringify({ at: Date.now(), status: 500, error: "HTTP 500", deliveries: 1 });
  for (const id of ids) {
    await runInDurableObject(env.GATES.getByName(id), (_, { storage: { sql } }) => {
      for (let ago = 0; ago < 75; ago += 1) {
        sql.exec("INSERT INTO minutes (minute, counts) VALUES (?, ?)", minute - ago, counts);
      }
      for (let ago = 6; ago < 97; ago += 1) {
        const quarter = quarterOf(minute) - ago;
        sql.exec("INSERT INTO quarters (quarter, counts) VALUES (?, ?)", quarter, counts);
      }
      for (let n = 0; n < 50; n += 1) {
        sql.exec("INSERT INTO failures (failure) VALUES (?)", failure);
      }
    });
    await evictDurableObject(env.GATES.getByName(id));
  }
}
