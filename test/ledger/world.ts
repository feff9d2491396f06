// A small world around one partition: Gameball, a queue that loses and doubles, consumers that die,
// CRMs that fail, and a clock that jumps. It holds every invariant against each step.
import { strict as assert } from "node:assert";
import { Partition } from "../../src/ledger/partition.ts";
import { type DestinationPolicy, LEASE_MS, PROFILE_STORE } from "../../src/ledger/policy.ts";
import type { ClaimedDelivery } from "../../src/ledger/claim.ts";
import type { Settlement } from "../../src/ledger/settle.ts";
import { dueAt, newestProfile } from "../../src/ledger/standing.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { applyChanges, contentOf } from "../support/changes.ts";
import { MemoryStore } from "./memory-store.ts";

/**
 * One thing that happens. `pick` chooses among what is under way, modulo its number. `work` is the
 * usual way: the alarm's time comes, it rings, a consumer claims; `finish` is an attempt, settled.
 */
export type Step =
  | {
      readonly do: "record";
      readonly customer: string;
      readonly minute: number;
      readonly points: number;
    }
  | { readonly do: "erase"; readonly customer: string }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "alarm" | "doorbell lost" | "doorbell doubled" | "memory lost" }
  | { readonly do: "consume" | "work"; readonly limit: number }
  | { readonly do: "attempt" | "finish"; readonly pick: number; readonly answer: Answer }
  | { readonly do: "settle" | "consumer dies"; readonly pick: number };

/** What a CRM does with a call. `applied, no answer`: it holds the profile, the relay does not know. */
export type Answer = "ok" | "error" | "applied, no answer" | "refused" | "held" | "untried";

export const EPOCH = Date.parse("2026-01-01T00:00:00.000Z");

export const POLICIES: readonly DestinationPolicy[] = [
  { id: PROFILE_STORE, minIntervalMs: 1000, onlyOn: [], giveUpAfterMs: 72 * 3_600_000 },
  { id: "all", minIntervalMs: 1000, onlyOn: [], giveUpAfterMs: 72 * 3_600_000 },
  { id: "tier", minIntervalMs: 0, onlyOn: ["tier"], giveUpAfterMs: 3_600_000 },
];

interface Flight extends ClaimedDelivery {
  readonly customer: CustomerId;
  readonly profile: Profile | null;
  readonly until: number;
  /** How often the customer had been erased when this was claimed. */
  readonly erasures: number;
  settlement: Settlement | null;
}

/** What one CRM holds of one customer: what it took last, and what it has acknowledged so far. */
interface Holding {
  sequence: number;
  profile: Profile | null;
  known: Readonly<Record<string, unknown>> | null;
}

export class World {
  now = EPOCH;
  alarmAt: number | null = null;
  readonly store = new MemoryStore();
  readonly #holdings = new Map<string, Holding>();
  readonly #claimedAt = new Map<string, number>();
  readonly #acknowledged = new Map<string, number>();
  readonly #erasures = new Map<string, number>();
  readonly #accepted = new Set<string>();
  readonly #newest = new Map<string, { time: string; points: number | null }>();
  #partition = new Partition(this.store, POLICIES);
  #flights: Flight[] = [];
  #doorbells = 0;
  /** Until then the partition may wait for its doorbell to be answered. */
  #rungUntil = 0;
  #leases = 0;

  take(step: Step): void {
    this.#do(step);
    this.#checkEverything();
  }

  #do(step: Step): void {
    switch (step.do) {
      case "record":
        return this.#record(step.customer as CustomerId, step.minute, step.points);
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
        this.#partition = new Partition(this.store, POLICIES);
        return;
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
      case "attempt":
        return this.#with(step.pick, (flight) => this.#attempt(flight, step.answer));
      case "settle":
        return this.#with(step.pick, (flight) => this.#settle(flight));
      case "consumer dies":
        return this.#with(step.pick, (flight) => this.#land(flight));
    }
  }

  /** Everything works from now on: runs until nothing is due. */
  settleDown(): void {
    for (const flight of this.#flights) this.#land(flight);
    let rounds = 0;
    while (this.alarmAt !== null) {
      rounds += 1;
      assert(rounds < 1000, "work never ends although every destination answers");
      this.now = Math.max(this.now, this.alarmAt);
      this.take({ do: "alarm" });
      while (this.#doorbells > 0) {
        this.#consume(100);
        while (this.#flights.length > 0) {
          this.take({ do: "attempt", pick: 0, answer: "ok" });
          this.take({ do: "settle", pick: 0 });
        }
      }
    }
    this.#checkInStep();
  }

  #record(customer: CustomerId, minute: number, points: number): void {
    const time = new Date(EPOCH + minute * 60_000).toISOString();
    const event = eventOf(customer, time, points);
    this.#forget(customer);
    const before = this.#newest.get(customer);
    const { result, wakeAt } = this.#partition.record(event, customer, this.now);
    this.#arm(wakeAt);
    if (result.outcome === "accepted") {
      const key = `${customer} ${event.event_id}`;
      assert(!this.#accepted.has(key) || before === undefined, "a duplicate was accepted");
      this.#accepted.add(key);
      const { destinations } = this.store.read(customer) ?? {};
      const isAlive = Object.values(destinations ?? {}).every(({ dead }) => dead === null);
      assert(isAlive, "something newer did not make a dead letter due again");
    }
    const isNewer = before === undefined || time > before.time;
    const isErased = before !== undefined && before.points === null;
    if (isNewer || (!isErased && time === before?.time && result.outcome === "accepted")) {
      assert.equal(result.outcome, "accepted", "a newer webhook was not accepted");
      this.#newest.set(customer, { time, points });
    } else {
      assert.notEqual(result.outcome, "accepted", "an older webhook was accepted");
    }
  }

  /** Once the tombstone is gone too, the relay has never heard of the customer. */
  #forget(customer: CustomerId): void {
    if (this.store.read(customer) !== null || this.store.readTombstone(customer) !== null) return;
    this.#newest.delete(customer);
    for (const key of this.#accepted)
      if (key.startsWith(`${customer} `)) this.#accepted.delete(key);
    for (const { id } of POLICIES) {
      this.#holdings.delete(`${customer} ${id}`);
      this.#acknowledged.delete(`${customer} ${id}`);
    }
  }

  #erase(customer: CustomerId): void {
    this.#arm(this.#partition.erase(customer, customer, this.now).wakeAt);
    this.#erasures.set(customer, (this.#erasures.get(customer) ?? 0) + 1);
    assert(this.store.readTombstone(customer) !== null, "an erasure without a tombstone");
    const before = this.#newest.get(customer);
    const erasedAt = new Date(this.now).toISOString();
    const time = before !== undefined && before.time > erasedAt ? before.time : erasedAt;
    this.#newest.set(customer, { time, points: null });
    for (const [key, holding] of this.#holdings) {
      if (key.startsWith(`${customer} `)) holding.known = null;
    }
  }

  #alarm(): void {
    if (this.alarmAt === null || this.alarmAt > this.now) return;
    this.alarmAt = null;
    const { result, wakeAt } = this.#partition.alarm(this.now);
    this.#arm(wakeAt);
    this.#doorbells += result;
    if (result > 0) this.#rungUntil = this.now + 5_000;
  }

  #consume(limit: number): void {
    if (this.#doorbells === 0) return;
    this.#doorbells -= 1;
    this.#rungUntil = 0;
    for (const claimed of this.#claim(limit)) {
      for (const delivery of claimed.deliveries) {
        const { customerId: customer, profile } = claimed;
        const until = this.now + LEASE_MS;
        this.#checkClaim(customer, profile, delivery);
        const erasures = this.#erasures.get(customer) ?? 0;
        this.#flights.push({ ...delivery, customer, profile, until, erasures, settlement: null });
      }
    }
  }

  #attempt(flight: Flight, answer: Answer): void {
    // A consumer starts no attempt that might outlast its lease, and one attempt for each lease.
    if (flight.settlement !== null || this.now >= flight.until) return;
    const isApplied = answer === "ok" || answer === "applied, no answer";
    if (isApplied) {
      const holding = this.#holding(flight);
      assert(holding.sequence <= flight.sequence, `${flight.destination} was sent something older`);
      holding.sequence = flight.sequence;
      holding.profile = flight.profile;
    }
    flight.settlement = settlementOf(answer);
    if (answer === "untried") this.#claimedAt.delete(keyOf(flight));
  }

  #settle(flight: Flight): void {
    if (flight.settlement === null) return;
    const { destination, leaseId, settlement, customer, changes, profile } = flight;
    const before = this.store.read(customer)?.destinations[destination];
    const report = [{ customerId: customer, destination, leaseId, settlement }];
    const context = { now: this.now, random: () => 0.5 };
    this.#arm(this.#partition.settle(report, context).wakeAt);
    this.#land(flight);
    const state = this.store.read(customer);
    const after = state?.destinations[destination];
    if (before?.lease?.id !== leaseId) {
      assert.deepEqual(after, before, "a consumer without a lease had a say");
      return;
    }
    assert(after?.lease == null, "a settled lease goes on");
    if (settlement.kind === "rejected") {
      const isNewest = flight.sequence === state?.sequence && profile !== null;
      assert.equal(after?.dead != null, isNewest, "dead if and only if the newest was refused");
    }
    if (settlement.kind === "retry" && after?.failingSince != null && profile !== null) {
      const policy = POLICIES.find(({ id }) => id === destination);
      const isLong = this.now - after.failingSince >= (policy?.giveUpAfterMs ?? 0);
      const isNewest = flight.sequence === state?.sequence;
      assert.equal(after.dead !== null, isLong && isNewest, "given up too early or too late");
    }
    if (settlement.kind === "held" || settlement.kind === "untried") {
      const failures = after?.failures ?? before.failures;
      assert.equal(failures, before.failures, "what was not tried cost an attempt");
    }
    if (settlement.kind !== "delivered") return;
    const holding = this.#holding(flight);
    const isForgotten = flight.erasures !== (this.#erasures.get(customer) ?? 0);
    if (profile === null || isForgotten) {
      holding.known = null;
      return;
    }
    holding.known = changes === null ? contentOf(profile) : applyChanges(holding.known, changes);
    assert.deepEqual(holding.known, contentOf(profile), "the changes do not lead to the profile");
  }

  #claim(limit: number) {
    this.#leases += 1;
    const context = { now: this.now, leaseId: `lease ${this.#leases}` };
    const { result, wakeAt } = this.#partition.claim(limit, context);
    this.#arm(wakeAt);
    return result;
  }

  #arm(wakeAt: number | null): void {
    if (wakeAt !== null) this.alarmAt = Math.min(wakeAt, this.alarmAt ?? wakeAt);
  }

  #with(pick: number, act: (flight: Flight) => void): void {
    const flight = this.#flights[pick % this.#flights.length];
    if (flight !== undefined) act(flight);
  }

  #land(flight: Flight): void {
    this.#flights = this.#flights.filter((other) => other !== flight);
  }

  #holding(flight: Pick<Flight, "customer" | "destination">): Holding {
    const key = keyOf(flight);
    const holding = this.#holdings.get(key) ?? { sequence: 0, profile: null, known: null };
    this.#holdings.set(key, holding);
    return holding;
  }

  #checkClaim(customer: CustomerId, profile: Profile | null, delivery: ClaimedDelivery): void {
    const key = `${customer} ${delivery.destination}`;
    const other = this.#flights.find((flight) => keyOf(flight) === key && flight.until > this.now);
    const isOver = other === undefined || this.#isSettled(other);
    assert(isOver, `two live leases for ${key}`);
    if (profile !== null) {
      const isFirst = this.#holding({ ...delivery, customer }).known === null;
      assert.equal(delivery.changes === null, isFirst, "changes if and only if something is held");
    }
    const policy = POLICIES.find(({ id }) => id === delivery.destination);
    const since = this.now - (this.#claimedAt.get(key) ?? -Infinity);
    assert(since >= (policy?.minIntervalMs ?? 0), `${key} was claimed twice within its interval`);
    this.#claimedAt.set(key, this.now);
  }

  #isSettled(flight: Flight): boolean {
    const state = this.store.read(flight.customer);
    return state?.destinations[flight.destination]?.lease?.id !== flight.leaseId;
  }

  #checkEverything(): void {
    const due = this.store.earliestDue();
    if (due !== null) {
      assert(this.alarmAt !== null, "something is due or leased and no alarm is set");
      const latest = Math.max(due, this.now, this.#rungUntil);
      assert(this.alarmAt <= latest, "the alarm is later than what is due");
    }
    for (const [customer, state] of this.store.customers) {
      const { destinations, sequence } = state;
      const waiting = Object.values(destinations).filter(
        (known) => known.lease !== null || (known.acknowledged < sequence && known.dead === null),
      );
      const times = waiting.map((known) => known.lease?.until ?? known.notBefore);
      assert.equal(dueAt(state) ?? Infinity, Math.min(...times), "due at another time");
      for (const [id, known] of Object.entries(destinations)) {
        const key = `${customer} ${id}`;
        const before = this.#acknowledged.get(key) ?? 0;
        if (known.acknowledged === 0) continue; // nothing yet
        assert(known.acknowledged >= before, `${key} acknowledged something older`);
        this.#acknowledged.set(key, known.acknowledged);
      }
    }
    for (const [customer, { points }] of this.#newest) {
      const state = this.store.read(customer as CustomerId);
      // With the customer the ledger forgets its intervals.
      if (state === null)
        for (const { id } of POLICIES) this.#claimedAt.delete(`${customer} ${id}`);
      const profile = state === null ? null : newestProfile(state);
      assert.equal(profile?.points.total ?? null, points, `the newest of ${customer} is another`);
    }
  }

  /** In the end every destination holds the newest, or is dead with a reason; KV forgot the erased. */
  #checkInStep(): void {
    for (const [customer, { points }] of this.#newest) {
      const state = this.store.read(customer as CustomerId);
      if (points === null) {
        assert.equal(state, null, `${customer} was erased and is still known`);
        const kept = this.#holdings.get(`${customer} ${PROFILE_STORE}`);
        assert.equal(kept?.profile ?? null, null, `KV still holds ${customer}`);
        continue;
      }
      assert(state !== null, `${customer} is lost`);
      for (const [id, known] of Object.entries(state.destinations)) {
        if (known.dead !== null) {
          assert.notEqual(known.dead.reason, "", "dead without a reason");
          continue;
        }
        assert.equal(known.acknowledged, state.sequence, `${customer} is behind at ${id}`);
        const held = this.#holdings.get(`${customer} ${id}`)?.profile;
        const newest = newestProfile(state);
        if (id === "tier") assert.deepEqual(held?.tier, newest?.tier, `another tier at ${id}`);
        else assert.deepEqual(held, newest, `${id} does not hold the newest`);
      }
    }
  }
}

function keyOf(flight: Pick<Flight, "customer" | "destination">): string {
  return `${flight.customer} ${flight.destination}`;
}

function settlementOf(answer: Answer): Settlement {
  switch (answer) {
    case "ok":
      return { kind: "delivered", status: 200 };
    case "error":
    case "applied, no answer":
      return { kind: "retry", status: null, error: "no answer", afterMs: null };
    case "refused":
      return { kind: "rejected", status: 400, error: "refused" };
    case "held":
      return { kind: "held", status: 401, reason: "credentials", forMs: 30_000 };
    case "untried":
      return { kind: "untried", forMs: 0 };
  }
}

/** A webhook's event. Its points name it; its tier repeats, so that `only_on` has something to spare. */
export function eventOf(customer: string, occurredAt: string, points: number) {
  return {
    customer_id: customer as CustomerId,
    gb_customer_id: null,
    client_id: null,
    email: null,
    mobile_number: null,
    tier: { name: points % 2 === 0 ? "silver" : "gold", order: null },
    points: { activated: null, pending: null, total: points },
    referral: { code: null, link: null },
    attributes: points === 3 ? { visits: 3 } : {},
    event_id: `evt ${customer} ${occurredAt} ${points}`,
    occurred_at: occurredAt,
    received_at: occurredAt,
  };
}
