// Where a partition keeps its customers: SQLite in its Durable Object. Reads and writes only, no rules.
import { log } from "../log.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import { type CustomerState, parseState, type Tombstone } from "./state.ts";
import { countDead, dueAt, newestProfile } from "./standing.ts";

/** A customer's state with its size, for claims that must fit into one answer. */
export interface StoredCustomer {
  readonly customerId: CustomerId;
  readonly state: CustomerState;
  /** Characters of the stored JSON. */
  readonly size: number;
}

/**
 * What the partition's rules need of a store. Everything is synchronous: between two calls of one
 * transition nothing else runs.
 */
export interface PartitionStore {
  read(customerId: CustomerId): CustomerState | null;
  /** Stores a state in place of the `previous` one, or removes the customer when it is `null`. */
  write(customerId: CustomerId, state: CustomerState | null, previous: CustomerState | null): void;
  /** Customers due at `now`, longest first, at most `limit`. */
  due(now: number, limit: number): StoredCustomer[];
  /** How many customers are due at `now`, counted up to `most`. */
  countDue(now: number, most: number): number;
  /** When the next customer is due, in ms of Unix time; `null` when none ever is. */
  earliestDue(): number | null;
  readTombstone(digest: string): Tombstone | null;
  writeTombstone(digest: string, tombstone: Tombstone, expiresAt: number): void;
  /** Removes tombstones that expired before `now`; when the next one expires, or `null`. */
  expireTombstones(now: number): number | null;
}

/** The store in SQLite. A damaged row is set aside and logged; it must not stop the others. */
export class SqlPartitionStore implements PartitionStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS customers (
        customer_id TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        due_at INTEGER,
        dead INTEGER NOT NULL,
        email TEXT
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS customers_due ON customers (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS customers_dead ON customers (dead) WHERE dead > 0;
      CREATE INDEX IF NOT EXISTS customers_email ON customers (email) WHERE email IS NOT NULL;
      CREATE TABLE IF NOT EXISTS tombstones (
        digest TEXT PRIMARY KEY,
        occurred_until TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) WITHOUT ROWID;
    `);
  }

  read(customerId: CustomerId): CustomerState | null {
    const [row] = this.#sql
      .exec<{ state: string }>("SELECT state FROM customers WHERE customer_id = ?", customerId)
      .toArray();
    return row === undefined ? null : this.#parse(customerId, row.state);
  }

  write(customerId: CustomerId, state: CustomerState | null, previous: CustomerState | null): void {
    if (state === null) {
      this.#sql.exec("DELETE FROM customers WHERE customer_id = ?", customerId);
      return;
    }
    const text = JSON.stringify(state);
    const indexes = indexesOf(state);
    if (previous === null) {
      const sql =
        "INSERT OR REPLACE INTO customers (customer_id, state, due_at, dead, email) VALUES (?, ?, ?, ?, ?)";
      this.#sql.exec(sql, customerId, text, indexes.due_at, indexes.dead, indexes.email);
      return;
    }
    // An index is written, and billed, for every column that is named, changed or not.
    const before = new Map(Object.entries(indexesOf(previous)));
    const changed = Object.entries(indexes).filter(([name, value]) => before.get(name) !== value);
    const names = ["state", ...changed.map(([name]) => name)];
    const sql = `UPDATE customers SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE customer_id = ?`;
    this.#sql.exec(sql, text, ...changed.map(([, value]) => value), customerId);
  }

  due(now: number, limit: number): StoredCustomer[] {
    const rows = this.#sql
      .exec<{ customer_id: CustomerId; state: string }>(
        "SELECT customer_id, state FROM customers WHERE due_at <= ? ORDER BY due_at LIMIT ?",
        now,
        limit,
      )
      .toArray();
    return rows.flatMap((row) => {
      const customerId = row.customer_id;
      const state = this.#parse(customerId, row.state);
      return state === null ? [] : [{ customerId, state, size: row.state.length }];
    });
  }

  countDue(now: number, most: number): number {
    const sql =
      "SELECT count(*) AS n FROM (SELECT 1 FROM customers WHERE due_at <= ? ORDER BY due_at LIMIT ?)";
    return this.#sql.exec<{ n: number }>(sql, now, most).one().n;
  }

  earliestDue(): number | null {
    // Walks the index's first entry; min() would not use a partial index.
    const sql = "SELECT due_at FROM customers WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    return this.#sql.exec<{ due_at: number }>(sql).toArray()[0]?.due_at ?? null;
  }

  readTombstone(digest: string): Tombstone | null {
    const sql = "SELECT occurred_until AS occurredUntil, sequence FROM tombstones WHERE digest = ?";
    return (
      this.#sql.exec<{ occurredUntil: string; sequence: number }>(sql, digest).toArray()[0] ?? null
    );
  }

  writeTombstone(digest: string, { occurredUntil, sequence }: Tombstone, expiresAt: number): void {
    const sql =
      "INSERT OR REPLACE INTO tombstones (digest, occurred_until, sequence, expires_at) VALUES (?, ?, ?, ?)";
    this.#sql.exec(sql, digest, occurredUntil, sequence, expiresAt);
  }

  expireTombstones(now: number): number | null {
    this.#sql.exec("DELETE FROM tombstones WHERE expires_at <= ?", now);
    const sql = "SELECT min(expires_at) AS at FROM tombstones";
    return this.#sql.exec<{ at: number | null }>(sql).one().at;
  }

  #parse(customerId: CustomerId, text: string): CustomerState | null {
    const state = parseState(text);
    if (state === null) {
      this.#sql.exec("UPDATE customers SET due_at = NULL WHERE customer_id = ?", customerId);
      log({ event: "ledger.unreadable_state", characters: text.length });
    }
    return state;
  }
}

/** The columns by which a row is found. */
function indexesOf(state: CustomerState) {
  return {
    due_at: dueAt(state),
    dead: countDead(state),
    email: newestProfile(state)?.email?.toLowerCase() ?? null,
  };
}
