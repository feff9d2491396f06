// The tables `streams`, `events` and `notifications`: what is delivered one by one.
import type { CustomerId } from "../../profile/customer-id.ts";
import {
  type Content,
  contentSchema,
  type Death,
  deathSchema,
  type QueuedEvent,
} from "../streams/event.ts";
import { type NotificationLog, notificationLogSchema } from "../streams/notification-log.ts";
import { type Stream, streamSchema } from "../streams/stream.ts";
import { parseStored, type Sql } from "./sql.ts";

/** A stream's name: whose events, and the key of the destination they are for. */
export interface StreamName {
  readonly customerId: CustomerId;
  readonly key: string;
}

/** An event that was given up on. */
export interface DeadEvent extends QueuedEvent {
  readonly death: Death;
}

interface EventRow extends Record<string, SqlStorageValue> {
  number: number;
  content: string;
  waiting_since: number;
  dead: string | null;
}

/** The streams of a partition. What cannot be read is removed and logged; it must not stop what is behind it. */
export class EventTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  readStream({ customerId, key }: StreamName): Stream | null {
    const sql = "SELECT state FROM streams WHERE customer_id = ? AND destination = ?";
    const [row] = this.#sql.exec<{ state: string }>(sql, customerId, key).toArray();
    if (row === undefined) return null;
    const stream = parseStored(streamSchema, row.state);
    if (stream === null) {
      const remove = "DELETE FROM streams WHERE customer_id = ? AND destination = ?";
      this.#sql.exec(remove, customerId, key);
    }
    return stream;
  }

  writeStream({ customerId, key }: StreamName, stream: Stream, dueAt: number | null): void {
    const sql =
      "INSERT OR REPLACE INTO streams (customer_id, destination, state, due_at, waiting_since, is_held) VALUES (?, ?, ?, ?, ?, ?)";
    const { waitingSince, held } = stream;
    const isHeld = held === null ? 0 : 1;
    this.#sql.exec(sql, customerId, key, JSON.stringify(stream), dueAt, waitingSince, isHeld);
  }

  /** A stream that is held by this table's column alone waits no longer. */
  dropHold({ customerId, key }: StreamName): void {
    const sql =
      "UPDATE streams SET is_held = 0 WHERE customer_id = ? AND destination = ? AND is_held = 1";
    this.#sql.exec(sql, customerId, key);
  }

  /** All streams of a customer, by the key of their destination. */
  streamsOf(customerId: CustomerId): ReadonlyMap<string, Stream> {
    const sql = "SELECT destination AS key, state FROM streams WHERE customer_id = ?";
    const rows = this.#sql.exec<{ key: string; state: string }>(sql, customerId).toArray();
    const streams = rows.flatMap(({ key, state }) => {
      const stream = parseStored(streamSchema, state);
      return stream === null ? [] : [[key, stream] as const];
    });
    return new Map(streams);
  }

  /** Streams due at `now`, longest first, at most `limit`. */
  due(now: number, limit: number): StreamName[] {
    const sql =
      "SELECT customer_id, destination FROM streams WHERE due_at <= ? ORDER BY due_at LIMIT ?";
    const rows = this.#sql.exec<{ customer_id: CustomerId; destination: string }>(sql, now, limit);
    return rows.toArray().map((row) => ({ customerId: row.customer_id, key: row.destination }));
  }

  /** How many streams are due at `now`, counted up to `most`. */
  countDue(now: number, most: number): number {
    const sql = "SELECT count(*) AS n FROM (SELECT 1 FROM streams WHERE due_at <= ? LIMIT ?)";
    return this.#sql.exec<{ n: number }>(sql, now, most).one().n;
  }

  /** When the next stream is due, in ms of Unix time; `null` when none ever is. */
  earliestDue(): number | null {
    const sql = "SELECT due_at FROM streams WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";
    return this.#sql.exec<{ due_at: number }>(sql).toArray()[0]?.due_at ?? null;
  }

  append({ customerId, key }: StreamName, number: number, content: Content, now: number): void {
    const sql =
      "INSERT OR REPLACE INTO events (customer_id, destination, number, content, waiting_since) VALUES (?, ?, ?, ?, ?)";
    this.#sql.exec(sql, customerId, key, number, JSON.stringify(content), now);
  }

  /**
   * The first event from a number on that waits, but for one that is under way; `null` when there is none.
   * Beginning there spares a look through all that were given up on before it.
   */
  first(name: StreamName, fromNumber: number, exceptNumber = 0): QueuedEvent | null {
    const sql = `
      SELECT number, content, waiting_since, dead FROM events
        WHERE customer_id = ? AND destination = ? AND number >= ? AND dead IS NULL AND number <> ?
        ORDER BY number LIMIT 1`;
    const bindings = [name.customerId, name.key, fromNumber, exceptNumber] as const;
    const [row] = this.#sql.exec<EventRow>(sql, ...bindings).toArray();
    if (row === undefined) return null;
    const event = parseEvent(row);
    if (event !== null) return event;
    this.remove(name, row.number);
    return this.first(name, fromNumber, exceptNumber);
  }

  /** An event that waits, by its number. */
  read({ customerId, key }: StreamName, number: number): QueuedEvent | null {
    const sql = `
      SELECT number, content, waiting_since, dead FROM events
        WHERE customer_id = ? AND destination = ? AND number = ? AND dead IS NULL`;
    const [row] = this.#sql.exec<EventRow>(sql, customerId, key, number).toArray();
    return row === undefined ? null : parseEvent(row);
  }

  remove({ customerId, key }: StreamName, number: number): void {
    const sql = "DELETE FROM events WHERE customer_id = ? AND destination = ? AND number = ?";
    this.#sql.exec(sql, customerId, key, number);
  }

  bury({ customerId, key }: StreamName, number: number, death: Death): void {
    const sql =
      "UPDATE events SET dead = ? WHERE customer_id = ? AND destination = ? AND number = ?";
    this.#sql.exec(sql, JSON.stringify(death), customerId, key, number);
  }

  /** Lets all dead events of a stream wait again; how many they were. */
  revive({ customerId, key }: StreamName, now: number): number {
    const sql = `
      UPDATE events SET dead = NULL, waiting_since = ?
        WHERE customer_id = ? AND destination = ? AND dead IS NOT NULL RETURNING number`;
    return this.#sql.exec(sql, now, customerId, key).toArray().length;
  }

  /** Dead events of a stream after one, by number, at most `limit`. */
  dead({ customerId, key }: StreamName, after: number, limit: number): DeadEvent[] {
    const sql = `
      SELECT number, content, waiting_since, dead FROM events
        WHERE destination = ? AND customer_id = ? AND number > ? AND dead IS NOT NULL
        ORDER BY number LIMIT ?`;
    const rows = this.#sql.exec<EventRow>(sql, key, customerId, after, limit).toArray();
    return rows.flatMap((row) => {
      const event = parseEvent(row);
      const death = parseStored(deathSchema, row.dead ?? "");
      return event === null || death === null ? [] : [{ ...event, death }];
    });
  }

  /** How many dead events a stream has. */
  countDead({ customerId, key }: StreamName): number {
    const sql =
      "SELECT count(*) AS n FROM events WHERE destination = ? AND customer_id = ? AND dead IS NOT NULL";
    return this.#sql.exec<{ n: number }>(sql, key, customerId).one().n;
  }

  readLog(customerId: CustomerId): NotificationLog | null {
    const sql = "SELECT log FROM notifications WHERE customer_id = ?";
    const [row] = this.#sql.exec<{ log: string }>(sql, customerId).toArray();
    return row === undefined ? null : parseStored(notificationLogSchema, row.log);
  }

  writeLog(customerId: CustomerId, log: NotificationLog): void {
    const sql = "INSERT OR REPLACE INTO notifications (customer_id, log) VALUES (?, ?)";
    this.#sql.exec(sql, customerId, JSON.stringify(log));
  }

  /** Removes all that is kept of a customer. */
  forgetCustomer(customerId: CustomerId): void {
    for (const table of ["streams", "events", "notifications"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE customer_id = ?`, customerId);
    }
  }

  /** Removes all that is kept for a destination. */
  forgetDestination(key: string): void {
    for (const table of ["streams", "events"]) {
      this.#sql.exec(`DELETE FROM ${table} WHERE destination = ?`, key);
    }
  }
}

function parseEvent(row: EventRow): QueuedEvent | null {
  const content = parseStored(contentSchema, row.content);
  if (content === null) return null;
  return { number: row.number, waitingSince: row.waiting_since, content };
}
