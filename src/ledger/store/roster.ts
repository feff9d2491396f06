// The table `roster`: what a partition knows of each destination as a whole.
import { type RosterEntry, rosterEntrySchema } from "../roster.ts";
import { parseStored, type Sql } from "./sql.ts";

/** The destinations that a partition ever had. */
export class RosterTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  read(): Map<string, RosterEntry> {
    const rows = this.#sql.exec<{ id: string; entry: string }>("SELECT id, entry FROM roster");
    const entries = rows.toArray().flatMap(({ id, entry }) => {
      const parsed = parseStored(rosterEntrySchema, entry);
      return parsed === null ? [] : [[id, parsed] as const];
    });
    return new Map(entries);
  }

  write(id: string, entry: RosterEntry): void {
    const sql = "INSERT OR REPLACE INTO roster (id, entry) VALUES (?, ?)";
    this.#sql.exec(sql, id, JSON.stringify(entry));
  }
}
