// The tables `customers`, `holds` and `jobs`: who is known, who waits for a gate, and who went into which job of
// a destination.
import * as v from "valibot";
import type { CustomerId } from "../../profile/customer-id.ts";
import { earlier } from "../../time.ts";
import type { ClaimTerms } from "../profiles/claim.ts";
import { behindAt, deadAt, dueAt, heldAt, jobsAt, newestProfile } from "../profiles/standing.ts";
import { type CustomerState, customerStateSchema, type Tombstone } from "../profiles/state.ts";
import { ClaimTable, type Lent } from "./claims.ts";
import { RecentCustomers } from "./recent.ts";
import { parseStored, type Sql } from "./sql.ts";

/** A customer's state with its size, for claims that must fit into one answer. */
export interface StoredCustomer {
  readonly customerId: CustomerId;
  readonly state: CustomerState;
  /** Characters of the stored JSON. */
  readonly size: number;
}

/** A customer of whom a consumer took something, and nothing else changed. */
export type LentCustomer = StoredCustomer & Lent;

/**
 * What every version stores, whatever else it does; either may be damaged. The sequence is also known from the
 * profiles, which are stored by theirs.
 */
const ENTRIES = customerStateSchema.entries;
const remainsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    sequence: v.fallback(ENTRIES.sequence, 0),
    occurredAt: v.fallback(ENTRIES.occurredAt, ""),
    versions: v.fallback(v.record(v.string(), v.unknown()), {}),
  }),
  v.transform(({ sequence: known, occurredAt: occurredUntil, versions }): Tombstone => {
    const sequences = Object.keys(versions).map(Number).filter(Number.isSafeInteger);
    return { occurredUntil, sequence: Math.max(known, ...sequences) };
  }),
);

const NO_JOBS: ReadonlyMap<string, string> = new Map();

/**
 * The customers of a partition. A damaged row is set aside and logged; it must not stop the others. What it
 * remembers is what the tables hold, so it must not outlive a transaction that was undone.
 */
export class CustomerTable {
  readonly #sql: Sql;
  readonly #claims: ClaimTable;
  readonly #recent = new RecentCustomers();
  /** What is left of those whose rows could not be read, and are not written again yet. */
  readonly #remains = new Map<CustomerId, Tombstone>();

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#claims = new ClaimTable(sql);
    this.#claims.restore((customerId) => this.#readRow(customerId)?.state ?? null);
  }

  read(customerId: CustomerId): CustomerState | null {
    return this.#find(customerId)?.state ?? null;
  }

  /** Stores a state in place of the `previous` one, or removes the customer when it is `null`. */
  write(customerId: CustomerId, state: CustomerState | null, previous: CustomerState | null): void {
    this.#writeHolds(customerId, state, previous);
    this.#writeJobs(customerId, state, previous);
    this.#remains.delete(customerId);
    // The row of one who is lent still has the `due_at` of before the claim, whatever the previous state says.
    const isLent = this.#claims.shown(customerId);
    if (state === null) {
      this.#recent.forget(customerId);
      this.#sql.exec("DELETE FROM customers WHERE customer_id = ?", customerId);
      return;
    }
    const text = JSON.stringify(state);
    this.#recent.remember({ customerId, state, size: text.length });
    // An index is written, and billed, for every column that is named, changed or not.
    const before = previous === null ? {} : columnsOf(previous);
    const changed = Object.entries(columnsOf(state)).filter(
      ([name, value]) => value !== (before[name] ?? null) || (isLent && name === "due_at"),
    );
    const names = ["state", ...changed.map(([name]) => name)];
    const values = [text, ...changed.map(([, value]) => value)];
    if (previous === null) {
      const places = names.map(() => ", ?").join("");
      const sql = `INSERT OR REPLACE INTO customers (customer_id, ${names.join(", ")}) VALUES (?${places})`;
      this.#sql.exec(sql, customerId, ...values);
      return;
    }
    const sql = `UPDATE customers SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE customer_id = ?`;
    this.#sql.exec(sql, ...values, customerId);
  }

  /** Stores what one claim took of these customers, and nothing else; none of them may be lent already. */
  lend(terms: ClaimTerms, customers: readonly LentCustomer[]): void {
    for (const { customerId, state, size } of customers) {
      this.#recent.remember({ customerId, state, size });
    }
    this.#claims.write(terms, customers);
  }

  /** Whether something was taken of a customer that its row does not show. */
  isLent(customerId: CustomerId): boolean {
    return this.#claims.has(customerId);
  }

  /** Customers due at `now`, longest first, at most `limit`; each is read when it is asked for. */
  *due(now: number, limit: number): Generator<StoredCustomer> {
    for (const customerId of this.#due(now, limit)) {
      const customer = this.#find(customerId);
      if (customer !== null) yield customer;
    }
  }

  /** How many customers are due at `now`, counted up to `most`. */
  countDue(now: number, most: number): number {
    return this.#due(now, most).length;
  }

  /** When the next customer is due, in ms of Unix time; `null` when none ever is. */
  earliestDue(): number | null {
    // Walks to the index's first time; min() would not use a partial index.
    const sql =
      "SELECT customer_id AS id, due_at AS dueAt FROM customers WHERE behind IS NOT NULL AND due_at IS NOT NULL ORDER BY due_at LIMIT ?";
    const most = this.#claims.size + 1;
    const rows = this.#sql.exec<{ id: CustomerId; dueAt: number }>(sql, most).toArray();
    const shown = rows.find(({ id }) => !this.#claims.has(id))?.dueAt ?? null;
    return earlier(shown, this.#claims.earliestDue());
  }

  /** How many customers there are. */
  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM customers").one().n;
  }

  /** The customers behind one in the order of their ids, at most `limit`. */
  after(customerId: string, limit: number): CustomerId[] {
    const sql = "SELECT customer_id AS id FROM customers WHERE customer_id > ? ORDER BY 1 LIMIT ?";
    const rows = this.#sql.exec<{ id: CustomerId }>(sql, customerId, limit).toArray();
    return rows.map(({ id }) => id);
  }

  /** The customers with an e-mail address, after one in the order of their ids, at most `limit`. */
  withEmail(email: string, after: string, limit: number): CustomerId[] {
    const sql =
      "SELECT customer_id AS id FROM customers WHERE email = ? AND customer_id > ? ORDER BY 1 LIMIT ?";
    const rows = this.#sql.exec<{ id: CustomerId }>(sql, sameEmail(email), after, limit).toArray();
    return rows.map(({ id }) => id);
  }

  /** The customers whose profiles went into a destination's job, and did not go to it again since. */
  inJob(key: string, job: string): CustomerId[] {
    const sql = "SELECT customer_id AS id FROM jobs WHERE destination = ? AND job = ?";
    const rows = this.#sql.exec<{ id: CustomerId }>(sql, key, job).toArray();
    return rows.map(({ id }) => id);
  }

  /**
   * What is left of a customer whom `read` could not read, as after a rollback: where to count on from, and which
   * events are too old, so that nothing older goes out. `null` where there was no row.
   */
  remainsOf(customerId: CustomerId): Tombstone | null {
    return this.#remains.get(customerId) ?? null;
  }

  /** Whoever waits for a destination's gate by this table alone: a hold that stayed would be anybody's turn. */
  dropHold(customerId: CustomerId, key: string): void {
    this.#sql.exec("DELETE FROM holds WHERE destination = ? AND customer_id = ?", key, customerId);
  }

  /** Nobody waits for the gate, or a job, of a destination that is no more. */
  forgetDestination(key: string): void {
    this.#sql.exec("DELETE FROM holds WHERE destination = ?", key);
    this.#sql.exec("DELETE FROM jobs WHERE destination = ?", key);
  }

  #writeHolds(
    customerId: CustomerId,
    state: CustomerState | null,
    previous: CustomerState | null,
  ): void {
    const before = new Set(previous === null ? [] : heldAt(previous));
    const after = new Set(state === null ? [] : heldAt(state));
    for (const key of before.difference(after)) {
      const sql = "DELETE FROM holds WHERE destination = ? AND customer_id = ?";
      this.#sql.exec(sql, key, customerId);
    }
    for (const key of after.difference(before)) {
      const sql = "INSERT OR REPLACE INTO holds (destination, customer_id) VALUES (?, ?)";
      this.#sql.exec(sql, key, customerId);
    }
  }

  #writeJobs(
    customerId: CustomerId,
    state: CustomerState | null,
    previous: CustomerState | null,
  ): void {
    const before = previous === null ? NO_JOBS : jobsAt(previous);
    const after = state === null ? NO_JOBS : jobsAt(state);
    for (const [key, job] of before) {
      if (after.get(key) === job) continue;
      const sql = "DELETE FROM jobs WHERE destination = ? AND job = ? AND customer_id = ?";
      this.#sql.exec(sql, key, job, customerId);
    }
    for (const [key, job] of after) {
      if (before.get(key) === job) continue;
      const sql = "INSERT OR REPLACE INTO jobs (destination, job, customer_id) VALUES (?, ?, ?)";
      this.#sql.exec(sql, key, job, customerId);
    }
  }

  #due(now: number, limit: number): CustomerId[] {
    const sql =
      "SELECT customer_id AS id FROM customers WHERE behind IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?";
    const most = limit + this.#claims.size;
    const rows = this.#sql.exec<{ id: CustomerId }>(sql, now, most).toArray();
    const due = rows.filter(({ id }) => this.#claims.isDue(id, now) ?? true);
    return due.slice(0, limit).map(({ id }) => id);
  }

  #find(customerId: CustomerId): StoredCustomer | null {
    const known = this.#recent.recall(customerId);
    if (known !== null) return known;
    const row = this.#readRow(customerId);
    if (row === null) return null;
    const customer = { ...row, state: this.#claims.apply(customerId, row.state) };
    this.#recent.remember(customer);
    return customer;
  }

  /** A customer as its row shows it. */
  #readRow(customerId: CustomerId): StoredCustomer | null {
    const sql = "SELECT state FROM customers WHERE customer_id = ?";
    const [row] = this.#sql.exec<{ state: string }>(sql, customerId).toArray();
    if (row === undefined) return null;
    const state = parseStored(customerStateSchema, row.state);
    if (state === null) {
      this.#setAside(customerId, row.state);
      return null;
    }
    return { customerId, state, size: row.state.length };
  }

  #setAside(customerId: CustomerId, text: string): void {
    const parsed = v.safeParse(remainsSchema, text);
    if (parsed.success && parsed.output.sequence > 0) this.#remains.set(customerId, parsed.output);
    this.#claims.shown(customerId);
    const sql = "UPDATE customers SET due_at = NULL, behind = NULL WHERE customer_id = ?";
    this.#sql.exec(sql, customerId);
    this.#sql.exec("DELETE FROM holds WHERE customer_id = ?", customerId);
    this.#sql.exec("DELETE FROM jobs WHERE customer_id = ?", customerId);
  }
}

/** The columns by which a row is found. Whoever is due is among those behind, at nobody if need be. */
function columnsOf(state: CustomerState): Readonly<Record<string, string | number | null>> {
  const due = dueAt(state);
  const email = newestProfile(state)?.email ?? null;
  return {
    due_at: due,
    behind: orNull(behindAt(state)) ?? (due === null ? null : "{}"),
    dead: orNull(deadAt(state)),
    email: email === null ? null : sameEmail(email),
  };
}

/** An e-mail address as it is looked for: case and blanks around it make no difference. */
function sameEmail(email: string): string {
  return email.trim().toLowerCase();
}

function orNull(times: Readonly<Record<string, number>>): string | null {
  return Object.keys(times).length === 0 ? null : JSON.stringify(times);
}
