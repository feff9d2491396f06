// Who stands where with a destination: questions over all customers of a partition, answered from the
// indices alone. A customer counts once, whether it is the newest profile or events that wait.
import type { CustomerId } from "../../profile/customer-id.ts";
import type { Sql } from "./sql.ts";

/** How many customers a destination is behind with, and since when; and its dead letters. */
export interface Crowd {
  readonly behind: number;
  /** Since when the longest of them waits, in ms of Unix time; `null` when none does. */
  readonly behindSince: number | null;
  readonly dead: number;
  readonly deadLetters: number;
}

/** Customers, as they are counted, and since when the first of them (ms of Unix time). */
interface Count {
  customers: number;
  since: number;
}

/** The crowds of a partition, by the key of their destination. */
export class Crowds {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The crowds of all destinations that have one. */
  survey(): ReadonlyMap<string, Crowd> {
    const [behind, waiting] = [this.#countNamed("behind"), this.#countWaiting()];
    const [dead, buried] = [this.#countNamed("dead"), this.#countBuried()];
    const keys = [behind, waiting, dead, buried].flatMap((counts) => [...counts.keys()]);
    const crowds = [...new Set(keys)].map((key) => {
      const since = [behind.get(key), waiting.get(key)].flatMap((count) => count?.since ?? []);
      const profiles = dead.get(key)?.customers ?? 0;
      const crowd = {
        behind: (behind.get(key)?.customers ?? 0) + (waiting.get(key)?.customers ?? 0),
        behindSince: since.length === 0 ? null : Math.min(...since),
        dead: profiles + (buried.get(key)?.customers ?? 0),
        deadLetters: profiles + (buried.get(key)?.letters ?? 0),
      };
      return [key, crowd] as const;
    });
    return new Map(crowds);
  }

  /** Customers that wait for a destination's gate, at most `limit`; some may be named twice. */
  held(key: string, limit: number): CustomerId[] {
    const sql = `
      SELECT customer_id AS id FROM holds WHERE destination = ?
      UNION ALL
      SELECT customer_id FROM streams
        WHERE waiting_since IS NOT NULL AND destination = ? AND is_held = 1
      LIMIT ?`;
    return this.#ids(sql, key, key, limit);
  }

  /** How many customers are on their way to a destination and due by a time, counted up to `most`. */
  countUnderWay(key: string, by: number, most: number): number {
    const sql = `
      SELECT count(*) AS n FROM (
        SELECT 1 FROM customers
          WHERE behind IS NOT NULL AND due_at <= ? AND instr(behind, ?) > 0
            AND NOT EXISTS (
              SELECT 1 FROM holds
                WHERE destination = ? AND holds.customer_id = customers.customer_id)
        UNION ALL
        SELECT 1 FROM streams
          WHERE waiting_since IS NOT NULL AND destination = ? AND is_held = 0 AND due_at <= ?
        LIMIT ?
      )`;
    return this.#count(sql, by, quote(key), key, key, by, most);
  }

  /**
   * How many customers up to one, in the order of their ids, a destination is behind with since a time (ms
   * of Unix time) or longer. Left alone, SQLite would read all customers up to it instead of those behind.
   */
  countBehindUpTo(key: string, customerId: string, since: number): number {
    const sql = `
      SELECT count(*) AS n FROM (
        SELECT customer_id FROM customers INDEXED BY customers_behind
          WHERE behind IS NOT NULL AND customer_id <= ?
            AND CASE WHEN json_valid(behind) THEN behind ->> ? <= ? END
        UNION
        SELECT customer_id FROM streams
          WHERE waiting_since IS NOT NULL AND destination = ?
            AND waiting_since <= ? AND customer_id <= ?
      )`;
    return this.#count(sql, customerId, `$.${quote(key)}`, since, key, since, customerId);
  }

  /**
   * Customers that a destination is behind with, after one in the order of their ids. Like the count it reads
   * whoever is behind with anything, and nobody else.
   */
  behind(key: string, after: string, limit: number): CustomerId[] {
    const sql = `
      SELECT customer_id AS id FROM customers INDEXED BY customers_behind
        WHERE behind IS NOT NULL AND customer_id > ? AND instr(behind, ?) > 0
      UNION
      SELECT customer_id FROM streams
        WHERE waiting_since IS NOT NULL AND destination = ? AND customer_id > ?
      ORDER BY 1 LIMIT ?`;
    return this.#ids(sql, after, quote(key), key, after, limit);
  }

  /** Customers with dead letters of a destination, after one in the order of their ids. */
  dead(key: string, after: string, limit: number): CustomerId[] {
    const sql = `
      SELECT customer_id AS id FROM customers
        WHERE dead IS NOT NULL AND customer_id > ? AND instr(dead, ?) > 0
      UNION
      SELECT customer_id FROM events
        WHERE dead IS NOT NULL AND destination = ? AND customer_id > ?
      ORDER BY 1 LIMIT ?`;
    return this.#ids(sql, after, quote(key), key, after, limit);
  }

  /**
   * Customers by the keys that a column names. Each row is read once and taken apart here: by SQLite's
   * json_each every name in it would be another row. One that is damaged is mended when it is written next.
   */
  #countNamed(column: "behind" | "dead"): Map<string, Count> {
    const counts = new Map<string, Count>();
    const sql = `SELECT ${column} AS times FROM customers WHERE ${column} IS NOT NULL AND json_valid(${column})`;
    for (const { times } of this.#sql.exec<{ times: string }>(sql)) {
      for (const [key, since] of Object.entries(JSON.parse(times) as Record<string, number>)) {
        const count = counts.get(key);
        if (count === undefined) counts.set(key, { customers: 1, since });
        else {
          count.customers += 1;
          if (since < count.since) count.since = since;
        }
      }
    }
    return counts;
  }

  /** Customers whose events wait, and who are not behind with their newest profile anyway. */
  #countWaiting(): Map<string, Count> {
    const rows = this.#sql.exec<{ key: string; customers: number; since: number }>(`
      SELECT destination AS key, min(waiting_since) AS since, sum(NOT EXISTS (
        SELECT 1 FROM customers
          WHERE customers.customer_id = streams.customer_id
            AND instr(behind, '"' || destination || '"') > 0)) AS customers
        FROM streams WHERE waiting_since IS NOT NULL GROUP BY destination`);
    return new Map(rows.toArray().map(({ key, ...counted }) => [key, counted]));
  }

  /** Events that were given up on, and of how many customers whose newest profile was not. */
  #countBuried(): Map<string, { readonly customers: number; readonly letters: number }> {
    const rows = this.#sql.exec<{ key: string; customers: number; letters: number }>(`
      SELECT key, sum(letters) AS letters, sum(NOT EXISTS (
        SELECT 1 FROM customers
          WHERE customers.customer_id = buried.customer_id
            AND instr(dead, '"' || key || '"') > 0)) AS customers
        FROM (
          SELECT destination AS key, customer_id, count(*) AS letters
            FROM events WHERE dead IS NOT NULL GROUP BY destination, customer_id
        ) AS buried GROUP BY key`);
    return new Map(rows.toArray().map(({ key, ...counted }) => [key, counted]));
  }

  #ids(sql: string, ...bindings: (string | number)[]): CustomerId[] {
    const rows = this.#sql.exec<{ id: CustomerId }>(sql, ...bindings).toArray();
    return rows.map(({ id }) => id);
  }

  #count(sql: string, ...bindings: (string | number)[]): number {
    return this.#sql.exec<{ n: number }>(sql, ...bindings).one().n;
  }
}

/** A key as it stands in the JSON of a column. Keys hold nothing that JSON would escape. */
function quote(key: string): string {
  return `"${key}"`;
}
