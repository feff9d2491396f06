// What one partition is asked to do, so that it can be measured whether that grows with its customers, who are
// all in step but for ten. Whoever measures brings the SQLite, and says what is measured.
import type { Operator } from "../../src/ledger/operator.ts";
import { Partition, type SettledDelivery } from "../../src/ledger/partition.ts";
import { type DestinationPolicy, PROFILE_STORE } from "../../src/ledger/policy.ts";
import { newestProfile } from "../../src/ledger/profiles/standing.ts";
import type { Sql } from "../../src/ledger/store/sql.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { profileOf } from "../ledger/events.ts";

/** So many customers the partition has, one time after the other. */
export const SIZES = [1_000, 10_000, 100_000] as const;

/** Does an operation, and measures it by the way. */
export type Measure = <T>(name: string, act: () => T) => T;

/** How many each operation met, so that none is measured that finds nothing to do. */
export interface Met {
  readonly behind: number;
  readonly claimed: number;
  readonly found: number;
  readonly dead: number;
}

const SOME = 10;
/** From one customer to the next; prime, so that everybody's turn comes. */
const STRIDE = 101;
const CLAIM_LIMIT = 100;
/** Far ahead, so that the platform's own clock rings no alarm. */
const START_MS = Date.parse("2040-01-01T00:00:00Z");
const STEP_MS = 10_000;
const RANDOM = 0.5;
const DELIVERED: Settlement = { kind: "delivered", status: 200 };
const REJECTED: Settlement = { kind: "rejected", status: 422, error: "no" };

const POLICIES = [PROFILE_STORE, "a", "b", "c"].map((id): DestinationPolicy => {
  const common = { minIntervalMs: 1_000, onlyOn: [], giveUpAfterMs: 1e9, notifications: false };
  return { id, profiles: "latest", ...common };
});

const unmeasured: Measure = (_, act) => act();

/** A partition of so many customers, of whom one destination has given up on ten. */
export class Operations {
  readonly #store: PartitionStore;
  readonly #partition: Partition;
  readonly #customers: number;
  #step = 0;

  /** Fills an empty database. */
  constructor(sql: Sql, customers: number) {
    this.#customers = customers;
    this.#store = new PartitionStore(sql);
    this.#partition = new Partition(this.#store, POLICIES);
    this.#update("template");
    this.#deliver(DELIVERED, unmeasured);
    sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO customers (customer_id, state, due_at, behind, dead, email)
       SELECT 'customer-' || i, replace(state, 'template', 'customer-' || i), NULL, NULL, NULL,
         'customer-' || i || '@example.com' FROM n, customers WHERE customer_id = 'template'`,
      customers,
    );
    this.#step += 1;
    for (let n = 1; n <= SOME; n += 1) this.#update(`customer-${n}`);
    this.#deliver(REJECTED, unmeasured);
  }

  /** Does each operation once, ten seconds after the last time. */
  turn(measure: Measure): Met {
    this.#step += 1;
    const now = this.#now();
    for (let n = 1; n <= SOME - 2; n += 1) this.#update(`customer-${SOME + n}`);
    measure("record, known customer", () => this.#update(this.#somebody(0)));
    measure("record, new customer", () => this.#update(`stranger-${this.#step}`));
    const ask = <T>(name: string, act: (operator: Operator) => T): T =>
      measure(name, () => this.#partition.steer(act, now).result);
    ask("survey", (operator) => operator.survey(now));
    const behind = ask("who is behind", (operator) => operator.behind("a", "", SOME, now));
    const claimed = this.#deliver(DELIVERED, measure);
    measure("alarm, nothing due", () => this.#partition.alarm(now));
    measure("profile lookup", () => this.#profile(this.#somebody(1)));
    ask("deliveries of one", (operator) =>
      operator.deliveries(this.#somebody(2) as CustomerId, now),
    );
    const found = ask("one by e-mail", (operator) =>
      operator.findByEmail(emailOf(this.#somebody(3)), "", SOME),
    );
    const dead = ask("ten dead letters", (operator) => operator.deadLetters("a", null, SOME, now));
    return {
      behind: behind.profiles.length,
      claimed,
      found: found.profiles.length,
      dead: dead.letters.length,
    };
  }

  #now(): number {
    return START_MS + this.#step * STEP_MS;
  }

  /** One of four customers each turn whom the partition had nothing to do with lately, nor remembers. */
  #somebody(which: number): string {
    const others = this.#customers - 2 * SOME;
    const index = this.#step * STRIDE + (which * others) / 4;
    return `customer-${2 * SOME + 1 + (index % others)}`;
  }

  #update(customer: string): void {
    const now = this.#now();
    const profile = profileOf(customer, new Date(now).toISOString(), this.#step);
    this.#partition.record({ ...profile, email: emailOf(customer) }, customer, now);
  }

  /** All that is due, from the alarm to the end. Gives of how many customers. */
  #deliver(settlement: Settlement, measure: Measure): number {
    const now = this.#now();
    const claim = { now, leaseId: String(this.#step) };
    measure("alarm, ten due", () => this.#partition.alarm(now));
    const { customers } = measure("claim of ten", () =>
      this.#partition.claim(CLAIM_LIMIT, claim),
    ).result;
    const settled = customers.flatMap(({ customerId, deliveries }) =>
      deliveries.map(({ destination, leaseId }): SettledDelivery => {
        const ended = destination === "a" ? settlement : DELIVERED;
        return { customerId, destination, leaseId, isEvent: false, settlement: ended };
      }),
    );
    measure("settling ten", () => this.#partition.settle(settled, { now, random: () => RANDOM }));
    return customers.length;
  }

  /** As the ledger looks a profile up (src/ledger/ledger.ts). */
  #profile(customer: string) {
    const state = this.#store.customers.read(customer as CustomerId);
    return state === null ? null : newestProfile(state);
  }
}

function emailOf(customer: string): string {
  return `${customer}@example.com`;
}
