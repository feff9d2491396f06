// The table `tombstones`: who was forgotten, so that nothing older comes back.
import type { Tombstone } from "../profiles/state.ts";
import type { Sql } from "./sql.ts";

/** What is left of forgotten customers, by the digests of their ids. */
export class TombstoneTable {
  readonly #sql: Sql;
  /** When the first expires, in ms of Unix time; `null`: there are none, as mostly, and nobody is looked for. */
  #nextExpiry: number | null;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.#nextExpiry = this.#readNextExpiry();
  }

  read(digest: string): Tombstone | null {
    if (this.#nextExpiry === null) return null;
    const sql = "SELECT occurred_until AS occurredUntil, sequence FROM tombstones WHERE digest = ?";
    return (
      this.#sql.exec<{ occurredUntil: string; sequence: number }>(sql, digest).toArray()[0] ?? null
    );
  }

  write(digest: string, { occurredUntil, sequence }: Tombstone, expiresAt: number): void {
    const sql =
      "INSERT OR REPLACE INTO tombstones (digest, occurred_until, sequence, expires_at) VALUES (?, ?, ?, ?)";
    this.#sql.exec(sql, digest, occurredUntil, sequence, expiresAt);
    this.#nextExpiry = this.#readNextExpiry();
  }

  /** Removes those that expired before `now`; when the next one expires, or `null`. */
  expire(now: number): number | null {
    if (this.#nextExpiry === null || this.#nextExpiry > now) return this.#nextExpiry;
    this.#sql.exec("DELETE FROM tombstones WHERE expires_at <= ?", now);
    this.#nextExpiry = this.#readNextExpiry();
    return this.#nextExpiry;
  }

  #readNextExpiry(): number | null {
    const sql = "SELECT min(expires_at) AS at FROM tombstones";
    return this.#sql.exec<{ at: number | null }>(sql).one().at;
  }
}
