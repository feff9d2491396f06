// Where a gate keeps its figures: a row for each minute of the last hour, then one for each quarter of an
// hour of the last day, so that a day is a few rows. They are read once, and remembered.
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
  type QuarterView,
  viewQuarter,
} from "./statistics.ts";

/** Minutes stand by themselves for so long, and until the quarter that they are in is as old. */
const KEPT_MINUTES = 60;
/** A day of quarters, and the one that is not over. */
const KEPT_QUARTERS = 24 * 4 + 1;

const storedCounts = v.pipe(v.string(), v.parseJson(), countsSchema);

/** Figures of a day: the minutes that stand by themselves, and the quarters before them, oldest first. */
interface Day {
  readonly minutes: readonly Minute[];
  readonly quarters: readonly Quarter[];
}

/** The figures of one gate. What cannot be read any more is as if it had never been. */
export class Figures {
  readonly #sql: SqlStorage;
  /** What is stored; `null` until it is asked for. */
  #day: Day | null = null;
  readonly #views = new WeakMap<Quarter, QuarterView>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS minutes (minute INTEGER PRIMARY KEY, counts TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS quarters (quarter INTEGER PRIMARY KEY, counts TEXT NOT NULL);
    `);
  }

  /** Adds calls to this minute's. */
  count(calls: readonly CallReport[], now: number): void {
    const { minutes, quarters } = this.#load();
    // Where the clock went back, the newest minute goes on: what is folded stays as it is.
    const newest = minutes.at(-1);
    const minute = Math.max(minuteOf(now), newest?.minute ?? 0);
    const known = newest?.minute === minute ? newest : undefined;
    const counts = count(known?.counts ?? NONE, calls);
    const sql = "INSERT OR REPLACE INTO minutes (minute, counts) VALUES (?, ?)";
    this.#sql.exec(sql, minute, JSON.stringify(counts));
    const others = known === undefined ? minutes : minutes.slice(0, -1);
    this.#day = { minutes: [...others, { minute, counts }], quarters };
    // Once a minute is often enough to look for what is too old.
    if (known === undefined) this.#fold(this.#day, minute);
  }

  /** The minutes of the last hour, and a little longer, oldest first. */
  minutes(): readonly Minute[] {
    return this.#load().minutes;
  }

  /** All quarters of an hour of the last day, oldest first, up to the current one. */
  quarters(now: number): QuarterView[] {
    const { minutes, quarters } = this.#load();
    const first = firstQuarter(minuteOf(now));
    const old = quarters.filter(({ quarter }) => quarter >= first).map((one) => this.#view(one));
    const young = foldMinutes(minutes).filter(({ quarter }) => quarter >= first);
    return [...old, ...young.map(viewQuarter)];
  }

  /** Removes all figures. */
  forget(): void {
    this.#sql.exec("DELETE FROM minutes; DELETE FROM quarters;");
    this.#day = null;
  }

  /** Puts what is older than an hour together, a quarter at a time, and drops what is older than a day. */
  #fold({ minutes, quarters }: Day, minute: number): void {
    const until = firstMinuteOf(quarterOf(minute - KEPT_MINUTES));
    const folded = foldMinutes(minutes.filter((one) => one.minute < until));
    if (folded.length === 0) return;
    for (const { quarter, counts } of folded) {
      const sql = "INSERT OR REPLACE INTO quarters (quarter, counts) VALUES (?, ?)";
      this.#sql.exec(sql, quarter, JSON.stringify(counts));
    }
    const first = firstQuarter(minute);
    this.#sql.exec("DELETE FROM minutes WHERE minute < ?", until);
    this.#sql.exec("DELETE FROM quarters WHERE quarter < ?", first);
    this.#day = {
      minutes: minutes.filter((one) => one.minute >= until),
      quarters: [...quarters, ...folded].filter(({ quarter }) => quarter >= first),
    };
  }

  /** A quarter that is over is looked at for a day, and stays the same. */
  #view(quarter: Quarter): QuarterView {
    const view = this.#views.get(quarter) ?? viewQuarter(quarter);
    this.#views.set(quarter, view);
    return view;
  }

  #load(): Day {
    this.#day ??= {
      minutes: this.#read("SELECT minute AS at, counts FROM minutes ORDER BY minute").map(
        ({ at, counts }) => ({ minute: at, counts }),
      ),
      quarters: this.#read("SELECT quarter AS at, counts FROM quarters ORDER BY quarter").map(
        ({ at, counts }) => ({ quarter: at, counts }),
      ),
    };
    return this.#day;
  }

  #read(sql: string): { readonly at: number; readonly counts: Counts }[] {
    const rows = this.#sql.exec<{ at: number; counts: string }>(sql).toArray();
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
