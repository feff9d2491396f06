// Where a gate keeps what must outlive it: SQLite in its Durable Object. Reads and writes only, no rules.
import * as v from "valibot";
import { type Told, toldSchema, UNTOLD } from "./alerts.ts";
import type { CallReport } from "./call.ts";
import { type Job, jobSchema } from "./jobs.ts";
import { FRESH, type Latch, latchSchema } from "./rules.ts";
import { type StoredToken, storedTokenSchema } from "./token.ts";
import { Figures } from "./figures.ts";
import { type Failure, failureSchema, failuresOf } from "./statistics.ts";

const LATCH_KEY = "latch";
const TOLD_KEY = "told";
const TOKEN_KEY = "token";

const KEPT_FAILURES = 50;

const storedJob = v.pipe(v.string(), v.parseJson(), jobSchema);
const storedFailure = v.pipe(v.string(), v.parseJson(), failureSchema);

/** The store of one gate. What it cannot read any more is as if it had never been. */
export class GateStore {
  readonly #storage: DurableObjectStorage;
  readonly figures: Figures;
  /** As stored; `null` until they are asked for, and when there were more since. */
  #failures: readonly Failure[] | null = null;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.figures = new Figures(storage.sql);
    storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS failures (id INTEGER PRIMARY KEY, failure TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, job TEXT NOT NULL, ask_at INTEGER NOT NULL);
    `);
  }

  readLatch(): Latch {
    const latch = v.safeParse(latchSchema, this.#storage.kv.get(LATCH_KEY));
    return latch.success ? latch.output : FRESH.latch;
  }

  writeLatch(latch: Latch): void {
    this.#storage.kv.put(LATCH_KEY, latch);
  }

  readTold(): Told {
    const told = v.safeParse(toldSchema, this.#storage.kv.get(TOLD_KEY));
    return told.success ? told.output : UNTOLD;
  }

  writeTold(told: Told): void {
    this.#storage.kv.put(TOLD_KEY, told);
  }

  readToken(): StoredToken | null {
    const token = v.safeParse(storedTokenSchema, this.#storage.kv.get(TOKEN_KEY));
    return token.success ? token.output : null;
  }

  writeToken(token: StoredToken): void {
    this.#storage.kv.put(TOKEN_KEY, token);
  }

  /** Adds the calls in which something went wrong to the failures. */
  addFailures(calls: readonly CallReport[], now: number): void {
    const failures = failuresOf(calls, now);
    if (failures.length === 0) return;
    this.#failures = null;
    for (const failure of failures.slice(-KEPT_FAILURES)) {
      const sql = "INSERT INTO failures (failure) VALUES (?)";
      this.#storage.sql.exec(sql, JSON.stringify(failure));
    }
    const sql = "DELETE FROM failures WHERE id <= (SELECT max(id) FROM failures) - ?";
    this.#storage.sql.exec(sql, KEPT_FAILURES);
  }

  /** The latest failures, newest first. */
  failures(): readonly Failure[] {
    this.#failures ??= this.#readFailures();
    return this.#failures;
  }

  writeJob(job: Job): void {
    const sql = "INSERT OR REPLACE INTO jobs (id, job, ask_at) VALUES (?, ?, ?)";
    this.#storage.sql.exec(sql, job.id, JSON.stringify(job), job.askAt);
  }

  readJob(id: string): Job | null {
    return this.#jobs("SELECT id, job FROM jobs WHERE id = ?", id)[0] ?? null;
  }

  removeJob(id: string): void {
    this.#storage.sql.exec("DELETE FROM jobs WHERE id = ?", id);
  }

  /** Jobs to be asked for at `now`, those that wait longest first, at most `limit`. */
  jobsDue(now: number, limit: number): Job[] {
    const sql = "SELECT id, job FROM jobs WHERE ask_at <= ? ORDER BY ask_at LIMIT ?";
    return this.#jobs(sql, now, limit);
  }

  /** When the first job after `now` is to be asked for; `null` when there is none. */
  nextAskAt(now: number): number | null {
    const sql = "SELECT min(ask_at) AS at FROM jobs WHERE ask_at > ?";
    return this.#storage.sql.exec<{ at: number | null }>(sql, now).one().at;
  }

  /** Removes all that is stored. */
  forget(): void {
    this.#storage.kv.delete(LATCH_KEY);
    this.#storage.kv.delete(TOLD_KEY);
    this.#storage.kv.delete(TOKEN_KEY);
    this.figures.forget();
    this.#failures = null;
    this.#storage.sql.exec("DELETE FROM failures; DELETE FROM jobs;");
  }

  #readFailures(): Failure[] {
    const sql = "SELECT failure FROM failures ORDER BY id DESC";
    const rows = this.#storage.sql.exec<{ failure: string }>(sql).toArray();
    return rows.flatMap(({ failure }) => {
      const parsed = v.safeParse(storedFailure, failure);
      return parsed.success ? [parsed.output] : [];
    });
  }

  #jobs(sql: string, ...bindings: readonly (string | number)[]): Job[] {
    const rows = this.#storage.sql.exec<{ id: string; job: string }>(sql, ...bindings).toArray();
    return rows.flatMap(({ id, job }) => {
      const parsed = v.safeParse(storedJob, job);
      if (!parsed.success) this.removeJob(id);
      return parsed.success ? [parsed.output] : [];
    });
  }
}
