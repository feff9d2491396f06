// What an operation of a partition reads does not grow with its customers: rows read with 1,000, 10,000 and
// 100,000 of them. `npm run bench -- growth` prints it, beside the CPU.
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import type { Sql } from "../../src/ledger/store/sql.ts";
import { Operations, SIZES } from "./operations.ts";
import { type Counts, MAX_GROWTH } from "./prices.ts";

declare module "vitest" {
  interface TaskMeta {
    grown?: readonly { readonly customers: number; readonly rows: Counts }[];
  }
}

afterEach(async () => reset());

it("reads at most twice the rows with a hundred times the customers", async ({ task }) => {
  const grown = [];
  for (const customers of SIZES) grown.push({ customers, rows: await count(customers) });
  task.meta.grown = grown;
  const [few = {}, some = {}, many = {}] = grown.map(({ rows }) => rows);
  const lines = Object.entries(many).map(([name, rows]) =>
    [name.padEnd(24), few[name], some[name], rows].join("\t"),
  );
  console.info(["rows read".padEnd(24) + "\t1,000\t10,000\t100,000", ...lines].join("\n"));
  const exceeded = Object.entries(many).filter(
    ([name, rows]) => rows > MAX_GROWTH * (few[name] ?? 0),
  );
  expect(exceeded).toEqual([]);
}, 120_000);

/** Rows that each operation reads in a partition of so many customers. */
async function count(customers: number): Promise<Counts> {
  return runInDurableObject(env.LEDGER.getByName(String(customers)), (_, { storage }) => {
    const cursors: ReturnType<SqlStorage["exec"]>[] = [];
    const exec = (sql: string, ...bindings: unknown[]) => {
      const cursor = storage.sql.exec(sql, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    const operations = new Operations({ exec: exec as Sql["exec"] }, customers);
    const rows: Record<string, number> = {};
    const met = operations.turn((name, act) => {
      cursors.length = 0;
      const result = act();
      rows[name] = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
      return result;
    });
    expect(met).toEqual({ behind: 10, claimed: 10, found: 1, dead: 10 });
    return rows;
  });
}
