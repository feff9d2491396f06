// An outage holds thousands of customers, or of events of one; a clean-up erases as many. Whoever comes meanwhile must not have to
// look through them.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { Partition } from "../../src/ledger/partition.ts";
import type { DestinationPolicy } from "../../src/ledger/policy.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { customerIdOf } from "../support/samples.ts";
import { profileOf } from "./events.ts";

const CUSTOMERS = 2_000;
/** Far more than any call needs, far less than there are customers. */
const MAX_ROWS_READ = 100;
const NOW = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE_MS = 60_000;

const DELIVERED = { kind: "delivered", status: 200 } as const;
const HELD = { kind: "held", status: 401, reason: "HTTP 401", forMs: 15 * MINUTE_MS } as const;

function policy(id: string, profiles: DestinationPolicy["profiles"]): DestinationPolicy {
  const giveUpAfterMs = 72 * 60 * MINUTE_MS;
  return { id, minIntervalMs: 0, onlyOn: [], giveUpAfterMs, profiles, notifications: false };
}

/** A partition that tells how many rows its calls read. */
class Scene {
  now = NOW;
  /** The destinations whose gates are closed. */
  readonly closed = new Set<string>();
  readonly #partition: Partition;
  #cursors: { readonly rowsRead: number }[] = [];
  #leases = 0;
  #events = 0;

  constructor(sql: SqlStorage, broken: DestinationPolicy["profiles"]) {
    const exec: SqlStorage["exec"] = (query, ...bindings) => {
      const cursor = sql.exec<never>(query, ...bindings);
      this.#cursors.push(cursor);
      return cursor;
    };
    const policies = [policy("broken", broken), policy("well", "latest"), policy("odd", "latest")];
    this.#partition = new Partition(new PartitionStore({ exec }), policies);
  }

  record(customer: string): void {
    this.#events += 1;
    const time = new Date(NOW + this.#events).toISOString();
    this.#partition.record(profileOf(customer, time, this.#events), customer, this.now);
  }

  erase(customer: string): void {
    this.#partition.erase(customerIdOf(customer), customer, this.now);
  }

  /** Claims and settles everything that is due. */
  deliver(): void {
    while (this.#deliverSome()) this.now += 1;
  }

  open(destination: string): void {
    this.closed.delete(destination);
    this.#partition.open(destination, this.now);
  }

  /** The rows that each of a partition's calls reads when one more customer is updated. */
  update(customer: string): Readonly<Record<string, number>> {
    return {
      record: this.#rowsRead(() => this.record(customer)),
      alarm: this.#rowsRead(() => this.#partition.alarm(this.now)),
      deliver: this.#rowsRead(() => this.#deliverSome()),
      wake: this.#rowsRead(() => this.#partition.nextWake(this.now)),
    };
  }

  #rowsRead(act: () => void): number {
    this.#cursors = [];
    act();
    return this.#cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  }

  #deliverSome(): boolean {
    this.#leases += 1;
    const leaseId = `lease ${this.#leases}`;
    const { customers, events } = this.#partition.claim(100, { now: this.now, leaseId }).result;
    const settled = [
      ...customers.flatMap(({ customerId, deliveries }) =>
        deliveries.map(({ destination }) => this.#settled(customerId, destination, leaseId, false)),
      ),
      ...events.map(({ customerId, destination }) =>
        this.#settled(customerId, destination, leaseId, true),
      ),
    ];
    this.#partition.settle(settled, { now: this.now, random: () => 0 });
    return settled.length > 0;
  }

  #settled(customerId: CustomerId, destination: string, leaseId: string, isEvent: boolean) {
    const settlement: Settlement = this.closed.has(destination) ? HELD : DELIVERED;
    return { customerId, destination, leaseId, isEvent, settlement };
  }
}

function isHigh(cost: Readonly<Record<string, number>>): boolean {
  return Object.values(cost).some((rowsRead) => rowsRead >= MAX_ROWS_READ);
}

it("nobody looks through those who were erased", async () => {
  await runInDurableObject(env.LEDGER.getByName("erased"), (_, { storage }) => {
    const scene = new Scene(storage.sql, "latest");
    for (let index = 0; index < CUSTOMERS; index += 1) scene.erase(`customer ${index}`);
    expect([scene.update("ann")].filter(isHigh)).toEqual([]);
  });
});

it("nobody looks through his own events that were too many", async () => {
  await runInDurableObject(env.LEDGER.getByName("too many"), (_, { storage }) => {
    const scene = new Scene(storage.sql, "every");
    scene.closed.add("broken");
    for (let index = 0; index < CUSTOMERS; index += 1) scene.record("ann");
    scene.deliver();
    expect([scene.update("ann")].filter(isHigh)).toEqual([]);
    scene.open("broken");
    expect([scene.update("ann")].filter(isHigh)).toEqual([]);
  });
});

it.each(["latest", "every"] as const)(
  "nobody looks through those whom a gate holds, where it gets %s",
  async (profiles) => {
    await runInDurableObject(env.LEDGER.getByName(profiles), (_, { storage }) => {
      const scene = new Scene(storage.sql, profiles);
      scene.closed.add("broken");
      for (let index = 0; index < CUSTOMERS; index += 1) scene.record(`customer ${index}`);
      scene.deliver();
      const costs = [scene.update("ann")];
      scene.closed.add("odd");
      costs.push(scene.update("bob"));
      scene.now += MINUTE_MS;
      scene.open("odd");
      scene.deliver();
      costs.push(scene.update("eve"));
      scene.now += 15 * MINUTE_MS;
      costs.push(scene.update("joe"));
      expect(costs.filter(isHigh)).toEqual([]);
    });
  },
);
