// What the ledger's tables share: their schema, and how a stored JSON is read.
import * as v from "valibot";
import { log } from "../../log.ts";

/** The part of a Durable Object's `SqlStorage` that the store uses. */
export type Sql = Pick<SqlStorage, "exec">;

/**
 * Creates what is not there yet. Rows are billed as written, once for the table and once for each
 * index that they touch; so an index holds only those rows that somebody looks for, and holds all that
 * is asked of them. Only `customers` has rowids: that costs a new customer a row more, but keeps a state
 * on one page, which WITHOUT ROWID would let overflow, and every update writes it twice.
 *
 * `behind` and `dead` name destinations by their keys, `{"acme": <since, in ms>}`, or are NULL for none.
 * What a consumer took of customers lies in `claims`. Who waits for a gate lies in `holds`, by
 * destination: one that is closed must not make anybody look through all whom it holds. Who went into a
 * destination's job lies in `jobs`.
 */
export function createTables(sql: Sql): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS customers (
      customer_id TEXT PRIMARY KEY,
      state TEXT NOT NULL,
      due_at INTEGER,
      behind TEXT,
      dead TEXT,
      email TEXT
    );
    CREATE INDEX IF NOT EXISTS customers_behind ON customers (due_at, behind, customer_id)
      WHERE behind IS NOT NULL;
    CREATE INDEX IF NOT EXISTS customers_dead ON customers (customer_id, dead)
      WHERE dead IS NOT NULL;
    CREATE INDEX IF NOT EXISTS customers_email ON customers (email, customer_id)
      WHERE email IS NOT NULL;

    CREATE TABLE IF NOT EXISTS claims (
      lease_id TEXT PRIMARY KEY,
      claim TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS holds (
      destination TEXT NOT NULL,
      customer_id TEXT NOT NULL,
      PRIMARY KEY (destination, customer_id)
    ) WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS jobs (
      destination TEXT NOT NULL,
      job TEXT NOT NULL,
      customer_id TEXT NOT NULL,
      PRIMARY KEY (destination, job, customer_id)
    ) WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS tombstones (
      digest TEXT PRIMARY KEY,
      occurred_until TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS tombstones_expiry ON tombstones (expires_at);

    CREATE TABLE IF NOT EXISTS streams (
      customer_id TEXT NOT NULL,
      destination TEXT NOT NULL,
      state TEXT NOT NULL,
      due_at INTEGER,
      waiting_since INTEGER,
      is_held INTEGER NOT NULL,
      PRIMARY KEY (customer_id, destination)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS streams_due ON streams (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS streams_waiting
      ON streams (destination, is_held, due_at, waiting_since)
      WHERE waiting_since IS NOT NULL;

    CREATE TABLE IF NOT EXISTS events (
      customer_id TEXT NOT NULL,
      destination TEXT NOT NULL,
      number INTEGER NOT NULL,
      content TEXT NOT NULL,
      waiting_since INTEGER NOT NULL,
      dead TEXT,
      PRIMARY KEY (customer_id, destination, number)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS events_dead ON events (destination, customer_id, number)
      WHERE dead IS NOT NULL;

    CREATE TABLE IF NOT EXISTS notifications (
      customer_id TEXT PRIMARY KEY,
      log TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS roster (id TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
  `);
}

/** A stored JSON; `null`, and a line in the log, when it cannot be read: a bug or a damaged row. */
export function parseStored<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  text: string,
): v.InferOutput<TSchema> | null {
  const parsed = v.safeParse(schema, parseJson(text));
  if (parsed.success) return parsed.output;
  log({ event: "ledger.unreadable_state", characters: text.length });
  return null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no schema of anything stored allows it
  }
}
