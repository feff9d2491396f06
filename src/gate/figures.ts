// Where a gate keeps its figures: a row for each minute of the last hour, then one for each quarter of an
// hour of the last day, so that a day is read in a few rows. Reads and writes only, no rules.
import * as v from "valibot";
import type { CallReport } from "./call.ts";
import {
  count,
  type Counts,
  countsSchema,
  firstMinuteOf,
  foldMinutes,
  type Minute,
  minuteOf,
  NONE,
  type Quarter,
  quarterOf,
} from "./statistics.ts";

/** Minutes stand by themselves for so long, and until the quarter that they are in is as old. */
const KEPT_MINUTES = 60;
/** A day of quarters, and the one that is not over. */
const KEPT_QUARTERS = 24 * 4 + 1;

const storedCounts = v.pipe(v.string(), v.parseJson(), countsSchema);

/** The figures of one gate. What cannot be read any more is as if it had never been. */
export class Figures {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS minutes (minute INTEGER PRIMARY KEY, counts TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS quarters (quarter INTEGER PRIMARY KEY, counts TEXT NOT NULL);
    `);
  }

  /** Adds calls to this minute's row. */
  count(calls: readonly CallReport[], now: number): void {
    const minute = minuteOf(now);
    const [known] = this.minutes(minute);
    // Once a minute is often enough to look for what is too old.
    if (known === undefined) this.#fold(minute);
    const counts = count(known?.counts ?? NONE, calls);
    const sql = "INSERT OR REPLACE INTO minutes (minute, counts) VALUES (?, ?)";
    this.#sql.exec(sql, minute, JSON.stringify(counts));
  }

  /** The minutes since `first`, oldest first. */
  minutes(first: number): Minute[] {
    const sql = "SELECT minute AS at, counts FROM minutes WHERE minute >= ? ORDER BY minute";
    return this.#read(sql, first).map(({ at, counts }) => ({ minute: at, counts }));
  }

  /** The quarters of an hour of the last day, oldest first, up to the current one. */
  quarters(now: number): Quarter[] {
    const first = firstQuarter(minuteOf(now));
    const sql = "SELECT quarter AS at, counts FROM quarters WHERE quarter >= ? ORDER BY quarter";
    const folded = this.#read(sql, first).map(({ at, counts }) => ({ quarter: at, counts }));
    const others = foldMinutes(this.minutes(0)).filter(({ quarter }) => quarter >= first);
    return [...folded, ...others];
  }

  /** Removes all figures. */
  forget(): void {
    this.#sql.exec("DELETE FROM minutes; DELETE FROM quarters;");
  }

  /** Puts what is older than an hour together, a quarter at a time, and drops what is older than a day. */
  #fold(minute: number): void {
    const until = firstMinuteOf(quarterOf(minute - KEPT_MINUTES));
    const sql = "SELECT minute AS at, counts FROM minutes WHERE minute < ?";
    const old = this.#read(sql, until).map(({ at, counts }) => ({ minute: at, counts }));
    for (const { quarter, counts } of foldMinutes(old)) {
      const write = "INSERT OR REPLACE INTO quarters (quarter, counts) VALUES (?, ?)";
      this.#sql.exec(write, quarter, JSON.stringify(counts));
    }
    this.#sql.exec("DELETE FROM minutes WHERE minute < ?", until);
    this.#sql.exec("DELETE FROM quarters WHERE quarter < ?", firstQuarter(minute));
  }

  #read(sql: string, at: number): { readonly at: number; readonly counts: Counts }[] {
    const rows = this.#sql.exec<{ at: number; counts: string }>(sql, at).toArray();
    return rows.flatMap((row) => {
      const parsed = v.safeParse(storedCounts, row.counts);
      return parsed.success ? [{ at: row.at, counts: parsed.output }] : [];
    });
  }
}

/** The oldest quarter of the day that ends with a minute. */
function firstQuarter(minute: number): number {
  return quarterOf(minute) - KEPT_QUARTERS + 1;
}
