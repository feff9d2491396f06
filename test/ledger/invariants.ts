// What must hold of a partition's store after every step, whatever happened.
import { strict as assert } from "node:assert";
import { behindAt, deadAt, dueAt, heldAt } from "../../src/ledger/profiles/standing.ts";
import { LEASE_MS } from "../../src/ledger/policy.ts";
import type { CustomerState, DestinationState } from "../../src/ledger/profiles/state.ts";
import type { RosterEntry } from "../../src/ledger/roster.ts";
import { BEAT_MS } from "../../src/ledger/bell.ts";
import type { Sql } from "../../src/ledger/store/sql.ts";
import type { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Stream } from "../../src/ledger/streams/stream.ts";
import type { Turn } from "../../src/ledger/turn.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";

/** What is outside the store and yet must fit it. */
interface Surroundings {
  readonly now: number;
  readonly alarmAt: number | null;
  readonly rungUntil: number;
  /** The configured destinations' keys, by id. */
  readonly destinations: ReadonlyMap<string, string>;
}

type EventRow = {
  readonly customer_id: CustomerId;
  readonly destination: string;
  readonly number: number;
  readonly waiting_since: number;
  readonly dead: string | null;
};

/** Counting takes longer than all else, and what is wrong stays wrong for a while. */
const COUNT_EVERY = 4;

export class Invariants {
  readonly #sql: Sql;
  readonly #storeOf: () => PartitionStore;
  /** The highest sequence that each destination acknowledged of each customer. */
  readonly #highest = new Map<string, number>();
  /** The numbers of the events that each destination acknowledged of each customer. */
  readonly #acknowledged = new Map<string, Set<number>>();
  readonly #replayed = new Set<string>();
  /** Everything that is dead, by what it is and when it died. */
  #dead: ReadonlySet<string> = new Set();
  #checks = 0;

  /** The store is another one after each restart. */
  constructor(sql: Sql, storeOf: () => PartitionStore) {
    this.#sql = sql;
    this.#storeOf = storeOf;
  }

  get #store(): PartitionStore {
    return this.#storeOf();
  }

  check(around: Surroundings): void {
    const customers = this.#customers();
    const events = this.#events();
    const roster = this.#roster();
    for (const [customer, state] of customers) {
      this.#checkCustomer(customer, state, roster, around);
    }
    this.#checkStreams(events, around);
    this.#checkDue([...customers.keys()]);
    this.#checkJobs(customers, around);
    this.#checkAlarm(roster, around);
    this.#checks += 1;
    if (this.#checks % COUNT_EVERY === 0) this.#checkCounts(customers, events, around);
  }

  /** Nothing is due any more: what is left waits for nobody. */
  checkAtRest(destinations: ReadonlyMap<string, string>): void {
    for (const [id, key] of destinations) {
      assert.deepEqual(this.#store.crowds.held(key, 1), [], `${id} still holds somebody`);
      const crowd = this.#store.crowds.survey().get(key);
      assert.equal(crowd?.behind ?? 0, 0, `${id} is behind`);
    }
    for (const [id, entry] of this.#store.roster.read()) {
      const isDone = entry.backfill === null || entry.backfill.finishedAt !== null;
      assert(isDone, `the backfill of ${id} never ends`);
    }
  }

  /** All dead letters were replayed, and everybody answered. */
  checkNothingDead(destinations: ReadonlyMap<string, string>): void {
    const survey = this.#store.crowds.survey();
    for (const [id, key] of destinations) {
      assert.equal(
        survey.get(key)?.deadLetters ?? 0,
        0,
        `a dead letter of ${id} outlived its replay`,
      );
    }
  }

  /** A call said that it gave up on so many. */
  checkBuried(count: number): void {
    const before = this.#dead;
    this.#dead = this.#findDead();
    assert.equal(this.#dead.difference(before).size, count, "another number was given up on");
  }

  /** How many are on their way to each destination, by key: due within a lease, or leased. */
  underWay(now: number): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const count = (key: string, { lease, notBefore, held }: Turn) => {
      const isSoon = (lease?.until ?? notBefore) <= now + LEASE_MS;
      if (held === null && isSoon) counts.set(key, (counts.get(key) ?? 0) + 1);
    };
    for (const { destinations, sequence } of this.#customers().values()) {
      for (const [key, known] of Object.entries(destinations)) {
        if (isPending(known, sequence)) count(key, known);
      }
    }
    for (const [name, stream] of this.#streams()) {
      if (stream.waiting > 0) count(name.replace(/^\S+ /, ""), stream);
    }
    return counts;
  }

  /** What the partition makes due by itself: nobody at a closed gate, and one at most at one to be asked. */
  checkFed(
    before: ReadonlyMap<string, number>,
    destinations: ReadonlyMap<string, string>,
    now: number,
  ): void {
    const after = this.underWay(now);
    const roster = this.#roster();
    for (const [id, key] of destinations) {
      const closure = roster.get(id)?.closure ?? null;
      if (closure === null || closure.liftedAt !== null) continue;
      const most = Math.max(before.get(key) ?? 0, closure.until <= now ? 1 : 0);
      assert((after.get(key) ?? 0) <= most, `${id} is flooded before its gate was found open`);
    }
  }

  claimed(customer: CustomerId, key: string, number: number): void {
    const done = this.#acknowledged.get(`${customer} ${key}`) ?? new Set();
    assert(!done.has(number), "an acknowledged event was claimed again");
    if (this.isReplayed(key)) return;
    assert(number > Math.max(0, ...done), "events were claimed out of their order");
  }

  acknowledged(customer: CustomerId, key: string, number: number): void {
    const name = `${customer} ${key}`;
    this.#acknowledged.set(name, (this.#acknowledged.get(name) ?? new Set()).add(number));
  }

  /** From now on dead letters of a destination may come after what is newer. */
  replayed(destination: string): void {
    this.#replayed.add(destination);
  }

  isReplayed(key: string): boolean {
    return this.#replayed.has(key.replace(/\..*$/, ""));
  }

  /** The customer's events are gone, and numbered anew. */
  erased(customer: string): void {
    for (const name of this.#acknowledged.keys())
      if (name.startsWith(`${customer} `)) this.#acknowledged.delete(name);
    assert.equal(this.#store.events.streamsOf(customer as CustomerId).size, 0, "events survive");
    assert.equal(
      this.#events().filter((row) => row.customer_id === customer).length,
      0,
      "events survive an erasure",
    );
  }

  /** The customer was never heard of. */
  forget(customer: string): void {
    for (const name of this.#highest.keys())
      if (name.startsWith(`${customer} `)) this.#highest.delete(name);
  }

  #checkCustomer(
    customer: CustomerId,
    state: CustomerState,
    roster: ReadonlyMap<string, RosterEntry>,
    { destinations }: Surroundings,
  ): void {
    const { sequence } = state;
    const times = Object.values(state.destinations).flatMap((known) => {
      if (known.lease !== null) return [known.lease.until];
      return isPending(known, sequence) && known.held === null ? [known.notBefore] : [];
    });
    assert.equal(dueAt(state) ?? Infinity, Math.min(...times), "due at another time");
    const needed = Object.values(state.destinations).flatMap((known) => [
      known.delivered,
      known.lease?.sequence ?? 0,
    ]);
    for (const version of Object.keys(state.versions)) {
      const isNeeded = [sequence, ...needed].includes(Number(version));
      assert(isNeeded, "a profile is kept that nobody needs");
    }
    const isOfOneTime = state.eventIds.every((id) => id.includes(state.occurredAt));
    assert(isOfOneTime, "an event's id is kept that nobody needs");
    const keys = new Map([...destinations].map(([id, key]) => [key, id]));
    for (const [key, known] of Object.entries(state.destinations)) {
      const name = `${customer} ${key}`;
      if (isPending(known, sequence)) assert(known.behindSince !== null, "behind since never");
      else if (known.dead === null) assert.equal(known.behindSince, null, "in step, yet behind");
      if (known.held !== null) {
        assert(isPending(known, sequence), "held without anything to deliver");
        const closure = roster.get(keys.get(key) ?? "")?.closure;
        assert(!keys.has(key) || closure != null, "held by a gate that nobody watches");
      }
      assert(known.dead === null || known.lease === null, "dead, and under way");
      if (known.acknowledged === 0) continue; // nothing yet
      const before = this.#highest.get(name) ?? 0;
      assert(known.acknowledged >= before, `${name} acknowledged something older`);
      this.#highest.set(name, known.acknowledged);
    }
  }

  /** Every event was acknowledged, waits, or is dead; and those of removed destinations are gone. */
  #checkStreams(events: readonly EventRow[], { destinations }: Surroundings): void {
    const kept = Map.groupBy(events, (row) => `${row.customer_id} ${row.destination}`);
    const keys = new Set(destinations.values());
    for (const { destination } of events) {
      assert(keys.has(destination), "a removed destination's events are kept");
    }
    for (const [name, stream] of this.#streams()) {
      const rows = kept.get(name) ?? [];
      const alive = rows.filter(({ dead }) => dead === null);
      assert.equal(stream.waiting, alive.length, "another number of events waits");
      const since = alive[0]?.waiting_since ?? null;
      assert.equal(stream.waitingSince, since, "waiting since not when its first event does");
      const done = this.#acknowledged.get(name) ?? new Set();
      const all = new Set([...rows.map(({ number }) => number), ...done]);
      assert.equal(all.size, rows.length + done.size, "an acknowledged event is kept");
      assert.equal(all.size, stream.newest, "an event is lost");
    }
  }

  /** Whoever is due next is found first, whether his row shows when or a claim does. */
  #checkDue(names: readonly CustomerId[]): void {
    const { customers } = this.#store;
    const times = names.map((name) => {
      const state = customers.read(name);
      return (state && dueAt(state)) ?? Infinity;
    });
    assert.equal(customers.earliestDue() ?? Infinity, Math.min(...times), "due at another time");
  }

  /** Who went into a job is found by the job. */
  #checkJobs(
    customers: ReadonlyMap<CustomerId, CustomerState>,
    { destinations }: Surroundings,
  ): void {
    const keys = new Set(destinations.values());
    const sql = "SELECT destination || ' ' || job || ' ' || customer_id AS name FROM jobs";
    const found = this.#sql.exec<{ name: string }>(sql).toArray();
    const expected = [...customers].flatMap(([customer, state]) =>
      Object.entries(state.destinations).flatMap(([key, { job }]) =>
        job === null || !keys.has(key) ? [] : [`${key} ${job} ${customer}`],
      ),
    );
    assert.deepEqual(found.map(({ name }) => name).toSorted(), expected.toSorted(), "other jobs");
  }

  #checkAlarm(
    roster: ReadonlyMap<string, RosterEntry>,
    { now, alarmAt, rungUntil, destinations }: Surroundings,
  ): void {
    const { customers, events, crowds } = this.#store;
    const due = Math.min(customers.earliestDue() ?? Infinity, events.earliestDue() ?? Infinity);
    if (due !== Infinity) {
      assert(alarmAt !== null, "something is due or leased and no alarm is set");
      const latest = Math.max(due, now, rungUntil) + BEAT_MS;
      assert(alarmAt < latest, "the alarm is more than a beat later than what is due");
    }
    for (const [id, key] of destinations) {
      const until = roster.get(id)?.closure?.until ?? 0;
      if (crowds.held(key, 1).length === 0) continue;
      assert(alarmAt !== null, "somebody is held and no alarm is set");
      // One that is under way to an open gate may be waited for, as long as its lease.
      assert(alarmAt <= Math.max(until, now + 60_000, rungUntil), "the gate is asked too late");
    }
  }

  /** The columns, and so the counts made of them, say what the states say. */
  #checkCounts(
    customers: ReadonlyMap<CustomerId, CustomerState>,
    events: readonly EventRow[],
    { destinations }: Surroundings,
  ): void {
    const survey = this.#store.crowds.survey();
    const streams = this.#streams();
    const states = [...customers];
    for (const key of destinations.values()) {
      const waiting = events.filter((row) => row.destination === key && row.dead === null);
      const buried = events.filter((row) => row.destination === key && row.dead !== null);
      const having = (read: (state: CustomerState) => object) =>
        states.filter(([, state]) => Object.hasOwn(read(state), key)).map(([customer]) => customer);
      const behind = new Set([...having(behindAt), ...waiting.map((row) => row.customer_id)]);
      const dead = new Set([...having(deadAt), ...buried.map((row) => row.customer_id)]);
      const crowd = survey.get(key);
      assert.equal(crowd?.behind ?? 0, behind.size, `another number is behind at ${key}`);
      const waits = streams
        .filter(([name]) => name.endsWith(` ${key}`))
        .map(([, stream]) => stream.waitingSince ?? Infinity);
      const lags = states.map(([, { destinations: turns, sequence }]) => {
        const known: DestinationState | undefined = turns[key];
        if (known === undefined || !isPending(known, sequence)) return Infinity;
        return known.behindSince ?? Infinity;
      });
      const since = Math.min(...waits, ...lags);
      assert.equal(crowd?.behindSince ?? Infinity, since, `${key} is behind since another time`);
      assert.equal(crowd?.dead ?? 0, dead.size, `another number is dead at ${key}`);
      const held = states.filter(([, state]) => heldAt(state).includes(key));
      const found = new Set(this.#store.crowds.held(key, 100));
      for (const [customer] of held)
        assert(found.has(customer), `${customer} is not found as held`);
      assert.deepEqual(this.#store.crowds.dead(key, "", 100).toSorted(), [...dead].toSorted());
    }
  }

  // Read here past the store, so that nothing is checked by what is to be checked, and quickly.

  #customers(): ReadonlyMap<CustomerId, CustomerState> {
    const rows = this.#sql
      .exec<{ id: CustomerId; json: string }>(
        "SELECT customer_id AS id, state AS json FROM customers",
      )
      .toArray();
    return new Map(rows.map(({ id, json }) => [id, JSON.parse(json) as CustomerState]));
  }

  #findDead(): ReadonlySet<string> {
    const sql = `
      SELECT customer_id || each.key || each.value AS name FROM customers, json_each(dead) AS each
      UNION ALL
      SELECT customer_id || destination || number || dead FROM events WHERE dead IS NOT NULL`;
    return new Set(
      this.#sql
        .exec<{ name: string }>(sql)
        .toArray()
        .map(({ name }) => name),
    );
  }

  #streams(): readonly (readonly [name: string, stream: Stream])[] {
    const rows = this.#sql
      .exec<{ name: string; json: string }>(
        "SELECT customer_id || ' ' || destination AS name, state AS json FROM streams",
      )
      .toArray();
    return rows.map(({ name, json }) => [name, JSON.parse(json) as Stream]);
  }

  #roster(): ReadonlyMap<string, RosterEntry> {
    const rows = this.#sql
      .exec<{ id: string; json: string }>("SELECT id, entry AS json FROM roster")
      .toArray();
    return new Map(rows.map(({ id, json }) => [id, JSON.parse(json) as RosterEntry]));
  }

  #events(): readonly EventRow[] {
    return this.#sql
      .exec<EventRow>(
        "SELECT customer_id, destination, number, waiting_since, dead FROM events ORDER BY number",
      )
      .toArray();
  }
}

// As the ledger's own, and apart from it, so that the two check each other.
function isPending(known: DestinationState, sequence: number): boolean {
  return known.dead === null && (known.acknowledged < sequence || known.again);
}
