// What an older version stored, or a disk damaged: whichever part of the ledger's JSON is odd, nothing throws, no
// sequence goes back, and every other customer is served.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { Partition, type SettledDelivery, type Woken } from "../../src/ledger/partition.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Sql } from "../../src/ledger/store/sql.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { notificationOf, profileOf } from "../ledger/events.ts";
import { EPOCH, POLICIES } from "../ledger/world.ts";
import { openSql } from "../support/sqlite.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { mutatedJson } from "./mutations.ts";

vi.setConfig({ testTimeout: TEST_MS });

const MINUTE_MS = 60_000;
const MANY = 100;
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z");
const wakeSchema = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(LAST_MS)));
const [ANN, BOB, CARA] = ["ann", "bob", "cara"] as [CustomerId, CustomerId, CustomerId];
const DORA = "dora" as CustomerId;
const ANSWERED = { kind: "delivered", status: 200 } as const;
const REFUSED = { kind: "rejected", status: 400, error: "no" } as const;
const CLOSED = { kind: "held", status: 401, reason: "no", forMs: 5 * MINUTE_MS } as const;

/** A partition with all that it may store: profiles, claims, jobs, holds, dead letters, streams, sweeps, a tombstone. */
class Stored {
  readonly sql: Sql = openSql();
  now = EPOCH;
  partition: Partition;

  constructor() {
    this.partition = this.open();
    this.record(ANN, 1);
    this.record(BOB, 1);
    this.work((customer) =>
      customer === ANN ? { kind: "accepted", status: 202, job: "job-1" } : REFUSED,
    );
    this.record(DORA, 1);
    const later = this.now + MINUTE_MS / 2;
    this.run(() => this.partition.claim(MANY, { now: later, leaseId: "under way" }));
    this.notify(BOB, 1);
    this.record(ANN, 2);
    this.record(BOB, 2);
    this.work((customer) => (customer === ANN ? ANSWERED : CLOSED));
    this.run(() =>
      this.partition.sweep("all", "backfill", { startedAt: this.now, all: true }, this.now),
    );
    this.record(ANN, 3);
    this.notify(ANN, 3);
    this.run(() => this.partition.claim(1, { now: this.now, leaseId: "lost" }));
  }

  /** The partition as it is after a restart, which reads everything anew. */
  open(): Partition {
    this.partition = new Partition(new PartitionStore(this.sql), POLICIES);
    return this.partition;
  }

  record(customer: CustomerId, minute: number): number | null {
    const time = new Date(EPOCH + minute * MINUTE_MS).toISOString();
    const event = profileOf(customer, time, minute);
    const { partition, now } = this;
    const result = this.run(() => partition.record(event, customer, now));
    return result.outcome === "accepted" ? result.sequence : null;
  }

  notify(customer: CustomerId, minute: number): void {
    const event = notificationOf(customer, new Date(EPOCH + minute * MINUTE_MS).toISOString());
    this.run(() => this.partition.notify(event, customer, this.now));
  }

  /** A consumer takes what is due, and settles each delivery as the CRM answers; how many they were. */
  work(answer: (customer: CustomerId) => SettledDelivery["settlement"]): number {
    this.now += MINUTE_MS;
    const { now, partition } = this;
    this.run(() => partition.alarm(now));
    const leaseId = `lease ${now}`;
    const { customers, events } = this.run(() => partition.claim(MANY, { now, leaseId }));
    const profiles = customers.flatMap(({ customerId, deliveries }) =>
      deliveries.map(({ destination }) => ({ customerId, destination, isEvent: false })),
    );
    const settled = [
      ...profiles,
      ...events.map(({ customerId, destination }) => ({ customerId, destination, isEvent: true })),
    ].map((one) => ({ ...one, leaseId, settlement: answer(one.customerId) }));
    this.run(() => partition.settle(settled, { now, random: () => 0.5 }));
    return settled.length;
  }

  /** What a method says, which must wake the partition at a time that there is. */
  run<T>(act: () => Woken<T>): T {
    const { result, wakeAt } = act();
    v.parse(wakeSchema, wakeAt);
    return result;
  }
}

/** Columns that hold JSON, and the rows that have some. */
const COLUMNS = [
  ["customers", "state"],
  ["streams", "state"],
  ["events", "content"],
  ["events", "dead"],
  ["notifications", "log"],
  ["claims", "claim"],
  ["roster", "entry"],
] as const;

const found = COLUMNS.flatMap(([table, column]) => {
  const sql = `SELECT DISTINCT ${column} AS json FROM ${table} WHERE ${column} IS NOT NULL`;
  const rows = new Stored().sql.exec<{ json: string }>(sql).toArray();
  return rows.map(({ json }) => ({ table, column, json }));
});

const damage = fc.constantFrom(...found).chain(({ table, column, json }) => {
  const cut = fc.nat(json.length).map((length) => json.slice(0, length));
  const mutated = mutatedJson([JSON.parse(json)], 2);
  const odd = fc.oneof({ weight: 9, arbitrary: mutated }, cut);
  return odd.map((text) => ({ table, column, json, text }));
});

const ACTS = {
  record: (stored) => stored.record(ANN, 4),
  recordOld: (stored) => stored.record(BOB, 1),
  notify: (stored) => stored.notify(ANN, 4),
  work: (stored) => stored.work(() => ANSWERED),
  fail: (stored) => stored.work(() => REFUSED),
  hold: (stored) => stored.work(() => CLOSED),
  restart: (stored) => stored.open(),
  erase: ({ partition, now }) => partition.erase(BOB, BOB, now),
  open: (stored) => stored.run(() => stored.partition.open("all", stored.now)),
  refute: ({ partition, now }) => {
    const complaints = [{ key: ANN, error: "no" }];
    partition.refute("all", { job: "job-1", key: "customer_id", complaints }, now);
  },
  redo: ({ partition, now }) => partition.redo("all", "job-1", "lost", now),
  replayAll: ({ partition, now }) =>
    partition.sweep("every", "replay", { startedAt: now, all: false }, now),
  look: ({ partition, now }) =>
    partition.steer((operator) => {
      operator.survey(now);
      for (const { id } of POLICIES) {
        operator.deadLetters(id, null, MANY, now);
        operator.behind(id, "", MANY, now);
        operator.replay([ANN, BOB], id, now);
      }
      operator.findByEmail("ann@example.com", "", MANY);
      for (const customer of [ANN, BOB]) {
        operator.customer(customer, now);
        operator.resync(customer, null, now);
      }
    }, now),
} satisfies Readonly<Record<string, (stored: Stored) => unknown>>;

const toldSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    sequence: v.fallback(v.pipe(v.number(), v.safeInteger(), v.minValue(1)), 0),
    versions: v.fallback(v.record(v.string(), v.unknown()), {}),
  }),
);

/** The sequence that a customer's state still tells; nobody can go on from what is in no part of it. */
function known(text: string): number {
  const told = v.safeParse(toldSchema, text);
  if (!told.success) return 0;
  const { sequence, versions } = told.output;
  return sequence > 0 ? sequence : Object.hasOwn(versions, "3") ? 3 : 0;
}

const acts = fc.shuffledSubarray(Object.keys(ACTS) as (keyof typeof ACTS)[], { minLength: 1 });

describe("a ledger of which a part is odd", () => {
  it("goes on with all others, and from where it was", async () => {
    vi.spyOn(console, "log").mockReturnValue();
    const inputs = fc.record({ damage, acts });
    const counts = await fuzz("stored ledger", 400, inputs, (input) => {
      const stored = new Stored();
      const { table, column, json, text } = input.damage;
      const sql = `UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`;
      stored.sql.exec(sql, text.toWellFormed(), json);
      stored.open();
      for (const act of input.acts) ACTS[act](stored);

      const next = stored.record(ANN, 10);
      expect(next ?? Infinity).toBeGreaterThan(table === "customers" ? known(text) : 3);
      expect(stored.record(CARA, 10)).toBe(1);
      stored.now += 10 * MINUTE_MS;
      for (let turn = 0; turn < 20 && stored.work(() => ANSWERED) > 0; turn += 1);
      const { partition, now } = stored;
      const view = stored.run(() =>
        partition.steer((operator) => operator.deliveries(CARA, now), now),
      );
      expect(view?.destinations.map(({ state }) => state)).toEqual(POLICIES.map(() => "synced"));
      return [`${table}, ${next === null ? "nothing newer is taken" : "goes on"}`];
    });
    expect(counts.get("customers, goes on")).toBeGreaterThan(0);
    expect(counts.get("streams, goes on")).toBeGreaterThan(0);
    expect(counts.get("claims, goes on")).toBeGreaterThan(0);
  });
});
