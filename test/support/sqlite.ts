// A Durable Object's SQL for tests in Node: the same SQLite, in memory or in a file.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Sql } from "../../src/ledger/store/sql.ts";

/** A database, empty unless the file has one, with the part of `SqlStorage` that the store uses. */
export function openSql(file = ":memory:"): Sql {
  const database = new DatabaseSync(file);
  const statements = new Map<string, StatementSync>();
  const exec = (sql: string, ...bindings: (string | number | null)[]) => {
    if (sql.includes("CREATE TABLE")) {
      database.exec(sql);
      return cursor([]);
    }
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return cursor(statement.all(...bindings));
  };
  return { exec: exec as unknown as Sql["exec"] };
}

function cursor(rows: readonly unknown[]) {
  return {
    toArray: () => rows,
    [Symbol.iterator]: () => rows[Symbol.iterator](),
    one: () => {
      if (rows.length !== 1) throw new Error(`expected one row, found ${rows.length}`);
      return rows[0];
    },
  };
}
