// A small world around one partition: Gameball, a queue that loses and doubles, consumers that die,
// CRMs that fail behind gates that close, operators, and a clock that jumps. Every step is held against
// every invariant.
import { strict as assert } from "node:assert";
import type { Operator } from "../../src/ledger/operator.ts";
import { Partition, type SettledDelivery, type Woken } from "../../src/ledger/partition.ts";
import { type DestinationPolicy, LEASE_MS, PROFILE_STORE } from "../../src/ledger/policy.ts";
import { behindAt, newestProfile } from "../../src/ledger/profiles/standing.ts";
import type { CustomerState, DestinationState } from "../../src/ledger/profiles/state.ts";
import type { SweepKind } from "../../src/ledger/roster.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Stream } from "../../src/ledger/streams/stream.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import type { Changes } from "../../src/profile/changes.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import type { Profile, ProfileEvent } from "../../src/profile/profile.ts";
import { applyChanges, contentOf } from "../support/changes.ts";
import { openSql } from "../support/sqlite.ts";
import { notificationOf, profileOf } from "./events.ts";
import { Invariants } from "./invariants.ts";
import type { Answer, Step } from "./steps.ts";
import { checkRedone, checkRefuted } from "./jobs.ts";
import { checkReplayed, checkResynced } from "./orders.ts";
import { checkNoted, notedOfClaim } from "./timeline.ts";
import { checkClaimed, checkPassed, checkSettled, RANDOM } from "./turns.ts";

export const EPOCH = Date.parse("2026-01-01T00:00:00.000Z");
const HOUR_MS = 3_600_000;
const CUSTOMERS = ["ann", "bob"] as CustomerId[];
/** More than there is to claim in the small world. */
const MANY = 100;
/** A gate that is paused is asked again after this. */
const PAUSE_POLL_MS = 900_000;

const policy = (id: string, more: Partial<DestinationPolicy> = {}): DestinationPolicy => ({
  id,
  minIntervalMs: 1000,
  onlyOn: [],
  giveUpAfterMs: 72 * HOUR_MS,
  profiles: "latest",
  notifications: false,
  ...more,
});

/** The lookup store, and three CRMs: everything; tiers alone; every event in turn. */
export const POLICIES: readonly DestinationPolicy[] = [
  policy(PROFILE_STORE),
  policy("all"),
  policy("tier", { minIntervalMs: 0, onlyOn: ["tier"], giveUpAfterMs: 100_000 }),
  policy("every", { profiles: "every", notifications: true, giveUpAfterMs: HOUR_MS }),
];

/** A delivery in a consumer's hands. */
interface Flight {
  readonly customer: CustomerId;
  readonly destination: string;
  readonly key: string;
  readonly leaseId: string;
  /** The profile's sequence, or the event's number. */
  readonly sequence: number;
  readonly attempt: number;
  readonly isEvent: boolean;
  /** Whether an operator wants it sent again. */
  readonly again: boolean;
  readonly profile: Profile | null;
  readonly changes: Changes | null;
  readonly until: number;
  /** How often the customer had been erased when this was claimed. */
  readonly erasures: number;
  settlement: Settlement | null;
}

/** What one CRM holds of one customer: what it took last, and what the relay knows that it holds. */
interface Holding {
  sequence: number;
  profile: Profile | null;
  known: Readonly<Record<string, unknown>> | null;
}

function isSuccess({ kind }: Settlement): boolean {
  return kind === "delivered" || kind === "accepted";
}

export class World {
  now = EPOCH;
  alarmAt: number | null = null;
  readonly #sql = openSql();
  store = new PartitionStore(this.#sql);
  readonly #invariants = new Invariants(this.#sql, () => this.store);
  readonly #removed = new Set<string>();
  readonly #gates = new Map<string, number>();
  readonly #holdings = new Map<string, Holding>();
  readonly #claimedAt = new Map<string, number>();
  readonly #erasures = new Map<string, number>();
  readonly #accepted = new Set<string>();
  /** The latest sequence of each customer. */
  readonly #sequences = new Map<string, number>();
  readonly #newest = new Map<string, { time: string; points: number | null }>();
  #partition = new Partition(this.store, POLICIES);
  /** Under which key each configured destination is kept. */
  #keys: ReadonlyMap<string, string> = new Map(POLICIES.map(({ id }) => [id, id]));
  #flights: Flight[] = [];
  #doorbells = 0;
  /** Until then the partition may wait for its doorbell to be answered. */
  #rungUntil = 0;
  #leases = 0;
  #jobs = 0;

  take(step: Step): void {
    this.#do(step);
    this.#invariants.check({
      now: this.now,
      alarmAt: this.alarmAt,
      rungUntil: this.#rungUntil,
      destinations: this.#keys,
    });
    this.#checkNewest();
  }

  #do(step: Step): void {
    switch (step.do) {
      case "record":
        return this.#record(step.customer as CustomerId, step.minute, step.points);
      case "notify":
        return this.#notify(step.customer as CustomerId, step.minute);
      case "erase":
        return this.#erase(step.customer as CustomerId);
      case "wait":
        this.now += step.ms;
        return;
      case "alarm":
        return this.#alarm();
      case "doorbell lost":
        this.#doorbells = Math.max(0, this.#doorbells - 1);
        return;
      case "doorbell doubled":
        this.#doorbells += 1;
        return;
      case "memory lost":
        return this.#restart();
      case "consume":
        return this.#consume(step.limit);
      case "work":
        this.now = Math.max(this.now, Math.min(this.alarmAt ?? 0, this.now + 10_000));
        this.#alarm();
        return this.#consume(step.limit);
      case "finish":
        return this.#with(step.pick, (flight) => {
          this.#attempt(flight, step.answer);
          this.#settle(flight);
        });
      case "round":
        this.#do({ do: "work", limit: MANY });
        for (const flight of this.#flights) {
          this.#attempt(flight, step.answer);
          this.#settle(flight);
        }
        return;
      case "attempt":
        return this.#with(step.pick, (flight) => this.#attempt(flight, step.answer));
      case "settle":
        return this.#with(step.pick, (flight) => this.#settle(flight));
      case "consumer dies":
        return this.#with(step.pick, (flight) => this.#land(flight));
      case "close gate":
        this.#gates.set(step.destination, this.now + step.ms);
        return;
      case "pause":
        this.#gates.set(step.destination, Infinity);
        return;
      case "open gate, untold":
        this.#gates.delete(step.destination);
        return;
      case "open gate": {
        this.#gates.delete(step.destination);
        this.#rang(this.#woken(this.#partition.open(step.destination, this.now)));
        return;
      }
      case "replay":
        this.#invariants.replayed(step.destination);
        return step.customer === null
          ? this.#sweep(step.destination, "replay", false)
          : this.#replay(step.customer as CustomerId, step.destination);
      case "resync":
        return this.#resync(step.customer as CustomerId, step.destination);
      case "backfill":
        return this.#sweep(step.destination, "backfill", step.all);
      case "job refuses":
        return this.#refute(step.destination, step.customer as CustomerId, this.#jobs - step.back);
      case "job lost":
        return this.#loseJob(step.destination, this.#jobs - step.back);
      case "remove":
        this.#removed.add(step.destination);
        return this.#restart();
      case "add":
        if (this.#removed.delete(step.destination)) this.#meetAnew(step.destination);
        return this.#restart();
      case "replace":
        this.#do({ do: "remove", destination: step.destination });
        return this.#do({ do: "add", destination: step.destination });
    }
  }

  /**
   * Everything works from now on: the gates are open, and nobody tells the ledger. It comes to rest; then
   * every destination is backfilled, and every dead letter replayed, and nothing is left to be done.
   */
  settleDown(): void {
    for (const flight of this.#flights) this.#land(flight);
    this.#gates.clear();
    this.#rest();
    this.#sweepAll("backfill", false);
    this.#checkInStep();
    this.#sweepAll("replay", false);
    this.#invariants.checkNothingDead(this.#keys);
    // Whoever is in step is not called again, unless that is asked for; then once.
    assert.deepEqual(this.#sweepAll("backfill", false), new Map(), "those in step were backfilled");
    const customers = [...this.#newest.values()].filter(({ points }) => points !== null).length;
    const expected = this.#configured().map(({ id }) => [id, customers] as const);
    const called = this.#sweepAll("backfill", true);
    if (customers > 0)
      assert.deepEqual(called, new Map(expected), "not everybody was called again");
    this.#checkInStep();
  }

  /** Sweeps through all destinations; how many deliveries each got of it. */
  #sweepAll(kind: SweepKind, all: boolean): ReadonlyMap<string, number> {
    this.now += 1;
    for (const { id } of this.#configured()) this.#sweep(id, kind, all);
    return this.#rest();
  }

  /** Runs until nothing is due; how many deliveries each destination got. */
  #rest(): ReadonlyMap<string, number> {
    const deliveries = new Map<string, number>();
    let rounds = 0;
    while (this.alarmAt !== null) {
      rounds += 1;
      assert(rounds < 1000, "work never ends although every destination answers");
      this.now = Math.max(this.now, this.alarmAt);
      this.take({ do: "alarm" });
      while (this.#doorbells > 0) {
        this.take({ do: "consume", limit: MANY });
        for (const { destination } of this.#flights) {
          deliveries.set(destination, (deliveries.get(destination) ?? 0) + 1);
          this.take({ do: "finish", pick: 0, answer: "ok" });
        }
      }
    }
    return new Map(
      this.#configured().flatMap(({ id }) => {
        const count = deliveries.get(id);
        return count === undefined ? [] : [[id, count]];
      }),
    );
  }

  #record(customer: CustomerId, minute: number, points: number): void {
    const time = new Date(EPOCH + minute * 60_000).toISOString();
    const event = profileOf(customer, time, points);
    this.#forget(customer);
    const expected = this.#foresee(customer, event);
    const known = this.store.customers.read(customer);
    const result = this.#woken(this.#partition.record(event, customer, this.now));
    if (result.outcome === "accepted") {
      const key = `${customer} ${event.event_id}`;
      const last = this.#sequences.get(customer) ?? 0;
      assert(result.sequence > last, "a sequence was given twice");
      this.#sequences.set(customer, result.sequence);
      this.#accepted.add(key);
      this.#checkRenewed(customer, known);
      const noted = { at: this.now, event: "recorded", sequence: result.sequence } as const;
      checkNoted(known, this.store.customers.read(customer), [noted]);
    }
    assert.equal(result.outcome, expected, "a webhook was taken for what it is not");
    if (expected === "accepted") this.#newest.set(customer, { time, points });
  }

  /** Newer wins; of one instant each event counts once, in the order of arrival; what is older is stale. */
  #foresee(customer: CustomerId, { event_id: id, occurred_at: time }: ProfileEvent) {
    const known = this.#newest.get(customer);
    if (known === undefined || time > known.time) return "accepted";
    if (time < known.time || known.points === null) return "stale";
    return this.#accepted.has(`${customer} ${id}`) ? "duplicate" : "accepted";
  }

  /** Something newer makes everybody due at once, but for intervals and gates, and costs nobody his place. */
  #checkRenewed(customer: CustomerId, known: CustomerState | null): void {
    const { destinations = {} } = this.store.customers.read(customer) ?? {};
    for (const [key, renewed] of Object.entries(destinations)) {
      const { dead, lease, notBefore, claimedAt, held, behindSince, failingSince } = renewed;
      const minIntervalMs =
        POLICIES.find(({ id }) => this.#keys.get(id) === key)?.minIntervalMs ?? 0;
      assert.equal(dead, null, "something newer did not make a dead letter due again");
      const before = known?.destinations[key];
      const isRevived = before !== undefined && before.dead !== null;
      if (isRevived) {
        assert.equal(behindSince, this.now, "behind since before it was dead");
        assert.equal(failingSince, null, "failing since before it was dead");
      } else {
        assert.equal(behindSince, before?.behindSince ?? this.now, "behind since another time");
      }
      const soon = Math.max(this.now, claimedAt + minIntervalMs);
      if (lease === null) assert(notBefore <= soon, "something newer has to wait");
      const isWaiting =
        before !== undefined &&
        before.dead === null &&
        before.notBefore <= this.now &&
        (before.acknowledged < (known?.sequence ?? 0) || before.again);
      if (isWaiting) assert.equal(notBefore, before.notBefore, "a place was lost");
      const closure = this.store.roster.read().get(key)?.closure ?? null;
      const isClosed = closure !== null && closure.liftedAt === null && this.now < closure.until;
      if (isClosed && lease === null && !isWaiting) assert(held !== null, "not held at once");
    }
  }

  #notify(customer: CustomerId, minute: number): void {
    const time = new Date(EPOCH + minute * 60_000).toISOString();
    const event = notificationOf(customer, time);
    const tombstone = this.store.tombstones.read(customer);
    const result = this.#woken(this.#partition.notify(event, customer, this.now));
    if (tombstone !== null && time <= tombstone.occurredUntil) {
      assert.equal(result.outcome, "stale", "a notification from before the erasure was taken");
    }
    const again = this.#woken(this.#partition.notify(event, customer, this.now));
    assert.notEqual(again.outcome, "accepted", "a notification was taken twice");
  }

  /** Once the tombstone is gone too, the relay has never heard of the customer. */
  #forget(customer: CustomerId): void {
    const { customers } = this.store;
    if (customers.read(customer) !== null || this.store.tombstones.read(customer) !== null) return;
    this.#newest.delete(customer);
    this.#sequences.delete(customer);
    for (const key of this.#accepted)
      if (key.startsWith(`${customer} `)) this.#accepted.delete(key);
    for (const { id } of POLICIES) this.#holdings.delete(`${customer} ${id}`);
    this.#invariants.forget(customer);
  }

  #erase(customer: CustomerId): void {
    const known = this.store.customers.read(customer);
    this.#woken(this.#partition.erase(customer, customer, this.now));
    if (known !== null) this.#checkErased(customer, known);
    this.#erasures.set(customer, (this.#erasures.get(customer) ?? 0) + 1);
    assert(this.store.tombstones.read(customer) !== null, "an erasure without a tombstone");
    const before = this.#newest.get(customer);
    const erasedAt = new Date(this.now).toISOString();
    const time = before !== undefined && before.time > erasedAt ? before.time : erasedAt;
    this.#newest.set(customer, { time, points: null });
    this.#invariants.erased(customer);
    for (const [key, holding] of this.#holdings) {
      if (!key.startsWith(`${customer} `)) continue;
      holding.known = null;
      // Its events are numbered anew.
      if (key.endsWith(" every")) holding.sequence = 0;
    }
  }

  /** An erasure takes a sequence, leaves leases alone, and is due at the lookup store soon. */
  #checkErased(customer: CustomerId, known: CustomerState): void {
    const erased = this.store.customers.read(customer);
    assert.equal(erased?.sequence, known.sequence + 1, "an erasure without a sequence");
    const noted = { at: this.now, event: "erased", sequence: erased.sequence } as const;
    checkNoted(null, erased, [noted]);
    this.#sequences.set(customer, known.sequence + 1);
    for (const [key, { lease }] of Object.entries(known.destinations)) {
      assert.deepEqual(erased.destinations[key]?.lease, lease, "an erasure ended a lease");
    }
    const notBefore = erased.destinations[PROFILE_STORE]?.notBefore ?? Infinity;
    assert(notBefore <= this.now + 1_000, "an erasure has to wait");
  }

  #replay(customer: CustomerId, destination: string): void {
    const key = this.#keys.get(destination) ?? "";
    const state = this.store.customers.read(customer);
    const before = state?.destinations[key];
    this.#invariants.replayed(destination);
    this.#steer((operator) => operator.replay([customer], destination, this.now));
    if (key === "") return;
    const after = this.store.customers.read(customer);
    checkReplayed(before, after?.destinations[key], this.now);
    const at = { at: this.now, sequence: after?.sequence ?? 0, destination };
    const isDone = before !== undefined && before.dead !== null;
    checkNoted(state, after, isDone ? [{ ...at, event: "replayed" }] : []);
    const dead = this.store.events.countDead({ customerId: customer, key });
    assert.equal(dead, 0, "a dead event was not replayed");
  }

  #resync(customer: CustomerId, destination: string | null): void {
    const read = () => this.store.customers.read(customer);
    const stream = () =>
      this.store.events.readStream({ customerId: customer, key: this.#keys.get("every") ?? "" });
    const [before, streamBefore] = [read(), stream()];
    const isDone = this.#steer((operator) => operator.resync(customer, destination, this.now));
    const isKnown = before !== null && newestProfile(before) !== null;
    assert.equal(isDone, isKnown, "resynced if and only if there is a profile");
    const wanted = (id: string) => isKnown && this.#keys.has(id) && id === (destination ?? id);
    const appended = (stream()?.newest ?? 0) - (streamBefore?.newest ?? 0);
    assert.equal(appended, wanted("every") ? 1 : 0, "another number of events was resynced");
    const keys = this.#configured().filter(({ id }) => id !== "every" && wanted(id));
    const at = { at: this.now, event: "resynced", sequence: before?.sequence ?? 0 } as const;
    checkNoted(
      before,
      read(),
      keys.map(({ id }) => ({ ...at, destination: id })),
    );
    checkResynced(
      before,
      read(),
      new Set(keys.map(({ id }) => this.#keys.get(id) ?? "")),
      this.now,
    );
  }

  #refute(destination: string, customer: CustomerId, number: number): void {
    const job = `job ${number}`;
    const complaints = [{ key: customer, error: "no good" }];
    const refutation = { job, key: "customer_id", complaints } as const;
    const before = this.#states();
    this.#woken(this.#partition.refute(destination, refutation, this.now));
    this.#jobs += 1;
    const key = this.#keys.get(destination) ?? "";
    checkRefuted(before, this.#states(), { customer, key, job, now: this.now });
  }

  #loseJob(destination: string, number: number): void {
    const job = `job ${number}`;
    const before = this.#states();
    this.#woken(this.#partition.redo(destination, job, "lost", this.now));
    this.#jobs += 1;
    const key = this.#keys.get(destination) ?? "";
    checkRedone(before, this.#states(), { key, job, now: this.now });
  }

  #states(): ReadonlyMap<CustomerId, CustomerState> {
    const states = CUSTOMERS.map((name) => [name, this.store.customers.read(name)] as const);
    return new Map(states.flatMap(([name, state]) => (state === null ? [] : [[name, state]])));
  }

  #sweep(destination: string, kind: SweepKind, all: boolean): void {
    if (kind === "replay") this.#invariants.replayed(destination);
    const order = { all, startedAt: this.now };
    const underWay = this.#invariants.underWay(this.now);
    this.#rang(this.#woken(this.#partition.sweep(destination, kind, order, this.now)));
    this.#invariants.checkFed(underWay, this.#keys, this.now);
  }

  #alarm(): void {
    if (this.alarmAt === null || this.alarmAt > this.now) return;
    this.alarmAt = null;
    const underWay = this.#invariants.underWay(this.now);
    this.#rang(this.#woken(this.#partition.alarm(this.now)));
    this.#invariants.checkFed(underWay, this.#keys, this.now);
  }

  #rang(doorbells: number): void {
    this.#doorbells += doorbells;
    if (doorbells > 0) this.#rungUntil = this.now + 5_000;
  }

  #consume(limit: number): void {
    if (this.#doorbells === 0) return;
    this.#doorbells -= 1;
    this.#rungUntil = 0;
    this.#leases += 1;
    const leaseId = `lease ${this.#leases}`;
    const context = { now: this.now, leaseId };
    const before = this.#turns();
    const states = this.#states();
    const { customers, events } = this.#woken(this.#partition.claim(limit, context));
    this.#checkPassed(before);
    this.#checkClaimsNoted(states);
    if (limit >= MANY) this.#checkNothingDue();
    for (const { customerId: customer, profile, deliveries } of customers) {
      for (const delivery of deliveries) {
        this.#takeOff({ ...delivery, customer, leaseId, profile, isEvent: false }, before);
      }
    }
    for (const { customerId: customer, content, ...event } of events) {
      const { destination } = event;
      const key = this.#keys.get(destination) ?? "";
      const stream = this.store.events.readStream({ customerId: customer, key });
      const sequence = stream?.lease?.sequence ?? 0;
      const profile = "profile" in content ? content.profile : null;
      this.#takeOff({ ...event, customer, sequence, profile, isEvent: true, again: false }, before);
    }
  }

  #checkClaimsNoted(before: ReadonlyMap<CustomerId, CustomerState>): void {
    for (const [customer, state] of before) {
      const after = this.store.customers.read(customer);
      if (after === null) continue;
      const noted = this.#configured().flatMap(({ id }) =>
        notedOfClaim(id, this.#keys.get(id) ?? "", state, after, this.now),
      );
      checkNoted(state, after, noted);
    }
  }

  #checkPassed(before: ReadonlyMap<string, DestinationState | Stream>): void {
    for (const customer of CUSTOMERS) {
      const state = this.store.customers.read(customer);
      if (state === null) continue;
      const { sequence } = state;
      const isErased = newestProfile(state) === null;
      for (const { id, giveUpAfterMs } of this.#configured()) {
        const key = this.#keys.get(id) ?? "";
        const turn = before.get(nameOf({ customer, key, isEvent: false }));
        const after: DestinationState | undefined = state.destinations[key];
        if (after === undefined || turn === undefined || !("again" in turn)) continue;
        checkPassed(turn, after, { now: this.now, sequence, isErased, giveUpAfterMs });
      }
    }
  }

  /** A claim that was long enough leaves nobody due: whom it left, it would be woken for again and again. */
  #checkNothingDue(): void {
    const { customers, events } = this.store;
    assert.equal(customers.countDue(this.now, 1), 0, "a customer stays due after a claim");
    assert.equal(events.countDue(this.now, 1), 0, "a stream stays due after a claim");
  }

  #takeOff(
    claimed: Omit<Flight, "key" | "until" | "erasures" | "settlement">,
    before: ReadonlyMap<string, DestinationState | Stream>,
  ): void {
    const { customer, destination } = claimed;
    const flight: Flight = {
      ...claimed,
      key: this.#keys.get(destination) ?? "",
      until: this.now + LEASE_MS,
      erasures: this.#erasures.get(customer) ?? 0,
      settlement: null,
    };
    const turn = before.get(nameOf(flight)) ?? assert.fail("nothing was to be claimed");
    checkClaimed(turn, flight, this.now);
    this.#checkClaim(flight);
    this.#flights.push(flight);
  }

  #attempt(flight: Flight, answer: Answer): void {
    // A consumer starts no attempt that might outlast its lease, and one attempt for each lease.
    if (flight.settlement !== null || this.now >= flight.until) return;
    flight.settlement = this.#answer(flight, answer);
    if (flight.settlement.kind === "untried") this.#claimedAt.delete(nameOf(flight));
    const isApplied = isSuccess(flight.settlement) || answer === "applied, no answer";
    if (!isApplied || flight.settlement.kind === "held" || this.#isStale(flight)) return;
    const holding = this.#holding(flight);
    if (!flight.isEvent) {
      assert(holding.sequence <= flight.sequence, `${flight.destination} was sent something older`);
      holding.sequence = flight.sequence;
    }
    if (!flight.isEvent || flight.profile !== null) holding.profile = flight.profile;
  }

  #answer({ destination }: Flight, answer: Answer): Settlement {
    const isStore = destination === PROFILE_STORE;
    const closedUntil = this.#gates.get(destination) ?? 0;
    if (this.now < closedUntil) {
      const forMs = Math.min(closedUntil - this.now, PAUSE_POLL_MS);
      return { kind: "held", status: null, reason: "closed", forMs };
    }
    switch (answer) {
      case "ok":
        return { kind: "delivered", status: 200 };
      case "into a job":
        if (isStore) return { kind: "delivered", status: null };
        return { kind: "accepted", status: 202, job: `job ${this.#jobs}` };
      case "error":
      case "applied, no answer":
        return { kind: "retry", status: null, error: "no answer", afterMs: null };
      case "busy":
        return { kind: "retry", status: 429, error: "busy", afterMs: 20_000 };
      case "refused":
        return { kind: "rejected", status: 400, error: "refused" };
      case "held":
        if (isStore) return { kind: "retry", status: null, error: "no answer", afterMs: null };
        this.#gates.set(destination, this.now + 30_000);
        return { kind: "held", status: 401, reason: "credentials", forMs: 30_000 };
      case "untried":
        return { kind: "untried", forMs: 700 };
    }
  }

  #settle(flight: Flight): void {
    if (flight.settlement === null) return;
    const { customer, destination, key, leaseId, isEvent, settlement, sequence } = flight;
    const turn = () => this.#turn(flight);
    const before = turn();
    const customerBefore = this.store.customers.read(customer);
    const report: SettledDelivery = {
      customerId: customer,
      destination,
      leaseId,
      isEvent,
      settlement,
    };
    const context = { now: this.now, random: () => RANDOM };
    this.#woken(this.#partition.settle([report], context));
    this.#land(flight);
    const after = turn();
    if (before?.lease?.id !== leaseId || this.#isStale(flight)) {
      assert.deepEqual(after, before, "a consumer without a lease had a say");
      return;
    }
    if (after != null) {
      const state = this.store.customers.read(customer);
      const known = state?.destinations[key];
      const isNewest = isEvent || sequence === state?.sequence;
      const isPending =
        isEvent || (known !== undefined && state !== null && behindAt(state)[key] !== undefined);
      checkSettled(before, after, settlement, { now: this.now, isNewest, isPending });
      if (isSuccess(settlement) && known !== undefined && isPending && !isEvent) {
        const receivedAt = state === null ? null : newestProfile(state)?.received_at;
        const since = receivedAt == null ? this.now : Date.parse(receivedAt);
        assert.equal(known.behindSince, since, "behind since before the newest came");
      }
    }
    if (!isEvent) {
      this.#checkDeath(flight);
      this.#checkConcluded(flight, customerBefore);
    }
    if (!isSuccess(settlement)) return;
    if (isEvent) this.#invariants.acknowledged(customer, key, sequence);
    this.#checkChanges(flight);
  }

  /** How an attempt ended is written down, and the job that it went into is remembered. */
  #checkConcluded(
    { customer, key, destination, sequence, settlement }: Flight,
    before: CustomerState | null,
  ): void {
    const state = this.store.customers.read(customer);
    const after = state?.destinations[key];
    if (settlement === null || after === undefined) return;
    if (settlement.kind === "accepted") {
      const isKnown = before?.versions[sequence] !== undefined;
      assert.equal(after.job, isKnown ? settlement.job : null, "another job is remembered");
    }
    const { kind } = settlement;
    const isFailure = kind === "retry" || kind === "rejected";
    const at = { at: this.now, sequence, destination };
    if (kind === "untried") return checkNoted(before, state, []);
    const event = after.dead !== null ? "dead_lettered" : isFailure ? "failed" : kind;
    checkNoted(before, state, [{ ...at, event }]);
  }

  #checkChanges({ changes, profile, isEvent, ...flight }: Flight): void {
    if (isEvent && profile === null) return;
    const holding = this.#holding(flight);
    if (profile === null || flight.erasures !== (this.#erasures.get(flight.customer) ?? 0)) {
      holding.known = null;
      return;
    }
    for (const [path, { from }] of Object.entries(changes ?? {})) {
      assert.deepEqual(holding.known?.[path] ?? null, from, "changes from what is not held");
    }
    holding.known = changes === null ? contentOf(profile) : applyChanges(holding.known, changes);
    assert.deepEqual(holding.known, contentOf(profile), "the changes do not lead to the profile");
  }

  #checkDeath({ customer, destination, key, sequence, settlement, profile }: Flight): void {
    const state = this.store.customers.read(customer);
    const after = state?.destinations[key];
    const isNewest = sequence === state?.sequence && profile !== null;
    if (settlement?.kind === "rejected") {
      assert.equal(after?.dead != null, isNewest, "dead if and only if the newest was refused");
    }
    if (settlement?.kind === "retry" && after?.failingSince != null && profile !== null) {
      const giveUpAfterMs = POLICIES.find(({ id }) => id === destination)?.giveUpAfterMs ?? 0;
      const isLong = this.now - after.failingSince >= giveUpAfterMs;
      assert.equal(after.dead !== null, isLong && isNewest, "given up too early or too late");
    }
  }

  #checkClaim(flight: Flight): void {
    const { customer, destination, key, profile, changes, isEvent, sequence } = flight;
    const name = nameOf(flight);
    const other = this.#flights.find(
      (another) => nameOf(another) === name && another.until > this.now,
    );
    assert(other === undefined || this.#isSettled(other), `two live leases for ${name}`);
    const closure = this.store.roster.read().get(destination)?.closure ?? null;
    const isOpen = closure === null || closure.liftedAt !== null || closure.until <= this.now;
    assert(isOpen, `${destination} was claimed for although its gate is known to be closed`);
    if (isEvent) this.#invariants.claimed(customer, key, sequence);
    const isErasure = profile === null && !isEvent;
    assert(!isErasure || destination === PROFILE_STORE, "a CRM was told of an erasure");
    if (profile !== null) {
      const isFirst = this.#holding(flight).known === null;
      assert.equal(changes === null, isFirst, "changes if and only if something is held");
    }
    if (isEvent) return;
    this.#checkNeeded(flight);
    const minIntervalMs = POLICIES.find(({ id }) => id === destination)?.minIntervalMs ?? 0;
    const since = this.now - (this.#claimedAt.get(name) ?? -Infinity);
    assert(since >= minIntervalMs, `${name} was claimed twice within its interval`);
    this.#claimedAt.set(name, this.now);
  }

  /** Whoever cares for tiers alone is called for nothing else, unless nobody knows what it holds. */
  #checkNeeded({ destination, attempt, again, changes }: Flight): void {
    if (destination !== "tier" || attempt > 1 || again || changes === null) return;
    const isTouched = Object.keys(changes).some((path) => path.startsWith("tier"));
    assert(isTouched, "a call was made that only_on spares");
  }

  #checkNewest(): void {
    for (const [customer, { points }] of this.#newest) {
      const state = this.store.customers.read(customer as CustomerId);
      // With the customer the ledger forgets its intervals.
      if (state === null) {
        for (const name of this.#claimedAt.keys())
          if (name.startsWith(`${customer} `)) this.#claimedAt.delete(name);
      }
      const profile = state === null ? null : newestProfile(state);
      assert.equal(profile?.points.total ?? null, points, `the newest of ${customer} is another`);
    }
  }

  /** In the end every destination holds the newest; KV forgot the erased. */
  #checkInStep(): void {
    this.#invariants.checkAtRest(this.#keys);
    for (const [customer, { points }] of this.#newest) {
      const state = this.store.customers.read(customer as CustomerId);
      if (points === null) {
        assert.equal(state, null, `${customer} was erased and is still known`);
        const kept = this.#holdings.get(`${customer} ${PROFILE_STORE}`);
        assert.equal(kept?.profile ?? null, null, `KV still holds ${customer}`);
        continue;
      }
      assert(state !== null, `${customer} is lost`);
      for (const [id, key] of this.#keys) {
        const newest = newestProfile(state);
        const held = this.#holdings.get(`${customer} ${id}`)?.profile;
        const known: DestinationState | undefined = state.destinations[key];
        if (id === "every") {
          const name = { customerId: customer as CustomerId, key };
          const isInOrder =
            !this.#invariants.isReplayed(key) && this.store.events.countDead(name) === 0;
          if (isInOrder) assert.deepEqual(held, newest, `${id} was not sent the newest`);
          continue;
        }
        assert(known !== undefined, `${id} was never told of ${customer}`);
        assert.equal(known.dead, null, `${customer} is dead at ${id} after a backfill`);
        assert.equal(known.acknowledged, state.sequence, `${customer} is behind at ${id}`);
        if (id === "tier") assert.deepEqual(held?.tier, newest?.tier, `another tier at ${id}`);
        else assert.deepEqual(held, newest, `${id} does not hold the newest`);
      }
    }
  }

  /** A destination that is added again is another CRM: it holds nothing. */
  #meetAnew(destination: string): void {
    for (const name of this.#holdings.keys())
      if (name.endsWith(` ${destination}`)) this.#holdings.delete(name);
  }

  /** What the store remembers is lost, which must make no difference. */
  #restart(): void {
    const stored = new PartitionStore(this.#sql);
    for (const customer of CUSTOMERS) {
      const remembered = this.store.customers.read(customer);
      assert.deepEqual(stored.customers.read(customer), remembered, "memory and store differ");
    }
    this.store = stored;
    this.#partition = new Partition(this.store, this.#configured());
    const roster = this.store.roster.read();
    this.#keys = new Map(
      this.#configured().map(({ id }) => {
        const generation = roster.get(id)?.generation ?? 1;
        return [id, generation <= 1 ? id : `${id}.${generation}`];
      }),
    );
  }

  #configured(): readonly DestinationPolicy[] {
    return POLICIES.filter(({ id }) => !this.#removed.has(id));
  }

  #steer<T>(act: (operator: Operator) => T): T {
    return this.#woken(this.#partition.steer(act, this.now));
  }

  #woken<T>({ result, wakeAt, doorbells, buried }: Woken<T>): T {
    this.#rang(doorbells);
    this.#invariants.checkBuried(buried.length);
    if (wakeAt !== null) this.alarmAt = Math.min(wakeAt, this.alarmAt ?? wakeAt);
    return result;
  }

  #with(pick: number, act: (flight: Flight) => void): void {
    const flight = this.#flights[pick % this.#flights.length];
    if (flight !== undefined) act(flight);
  }

  #land(flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight);
  }

  /** All turns there are, by the name of a flight that may take them. */
  #turns(): ReadonlyMap<string, DestinationState | Stream> {
    const turns = new Map<string, DestinationState | Stream>();
    for (const customer of CUSTOMERS) {
      const { destinations = {} } = this.store.customers.read(customer) ?? {};
      for (const key of this.#keys.values()) {
        const known: DestinationState | undefined = destinations[key];
        const stream = this.store.events.readStream({ customerId: customer, key });
        if (known !== undefined) turns.set(nameOf({ customer, key, isEvent: false }), known);
        if (stream !== null) turns.set(nameOf({ customer, key, isEvent: true }), stream);
      }
    }
    return turns;
  }

  #turn({ customer, key, isEvent }: Flight) {
    if (isEvent) return this.store.events.readStream({ customerId: customer, key });
    return this.store.customers.read(customer)?.destinations[key];
  }

  #isSettled(flight: Flight): boolean {
    return this.#turn(flight)?.lease?.id !== flight.leaseId;
  }

  /** Whether the destination was added again after this was claimed: then it is another CRM. */
  #isStale({ destination, key }: Flight): boolean {
    return this.#keys.get(destination) !== key;
  }

  #holding(flight: Pick<Flight, "customer" | "destination">): Holding {
    const name = `${flight.customer} ${flight.destination}`;
    const holding = this.#holdings.get(name) ?? { sequence: 0, profile: null, known: null };
    this.#holdings.set(name, holding);
    return holding;
  }
}

function nameOf({ customer, key, isEvent }: Pick<Flight, "customer" | "key" | "isEvent">): string {
  return `${customer} ${key}${isEvent ? " (events)" : ""}`;
}
