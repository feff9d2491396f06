// Where a partition keeps what it knows: SQLite in its Durable Object. Reads and writes only, no rules.
// Everything is synchronous: between two calls of one transition nothing else runs.
import { Crowds } from "./crowds.ts";
import { CustomerTable } from "./customers.ts";
import { EventTable } from "./events.ts";
import { RosterTable } from "./roster.ts";
import { createTables, type Sql } from "./sql.ts";
import { TombstoneTable } from "./tombstones.ts";

/** All that a partition keeps. */
export class PartitionStore {
  readonly customers: CustomerTable;
  readonly tombstones: TombstoneTable;
  readonly events: EventTable;
  readonly roster: RosterTable;
  readonly crowds: Crowds;

  constructor(sql: Sql) {
    createTables(sql);
    this.customers = new CustomerTable(sql);
    this.tombstones = new TombstoneTable(sql);
    this.events = new EventTable(sql);
    this.roster = new RosterTable(sql);
    this.crowds = new Crowds(sql);
  }
}
