// What an operation of a partition reads does not grow with its customers: rows read with 1,000, 10,000 and
// 100,000 of them, all in one partition, who are in step but for ten.
import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it } from "vitest";
import type { Operator } from "../../src/ledger/operator.ts";
import { Partition, type SettledDelivery } from "../../src/ledger/partition.ts";
import { type DestinationPolicy, PROFILE_STORE } from "../../src/ledger/policy.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { Settlement } from "../../src/ledger/turn.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { profileOf } from "../ledger/events.ts";

const MAX_RATIO = 2;
const SOME = 10;
const NOW = Date.parse("2040-01-01T00:00:00Z");
const RANDOM = 0.5;
const DELIVERED: Settlement = { kind: "delivered", status: 200 };
const REJECTED: Settlement = { kind: "rejected", status: 422, error: "no" };

const POLICIES = [PROFILE_STORE, "a", "b", "c"].map((id): DestinationPolicy => {
  const common = { minIntervalMs: 1_000, onlyOn: [], giveUpAfterMs: 1e9, notifications: false };
  return { id, profiles: "latest", ...common };
});

type Rows = Readonly<Record<string, number>>;

afterEach(async () => reset());

it("reads at most twice the rows with a hundred times the customers", async () => {
  const [few, some, many] = [
    await measure(1, 1_000),
    await measure(2, 10_000),
    await measure(3, 100_000),
  ];
  const lines = Object.entries(many).map(([name, rows]) =>
    [name.padEnd(16), few[name], some[name], rows].join("\t"),
  );
  console.info(["rows read       \t1,000\t10,000\t100,000", ...lines].join("\n"));
  const grown = Object.entries(many).filter(([name, rows]) => rows > MAX_RATIO * (few[name] ?? 0));
  expect(grown).toEqual([]);
}, 120_000);

/** Rows that each operation reads in a partition of so many customers. */
async function measure(number: number, customers: number): Promise<Rows> {
  return runInDurableObject(env.LEDGER.getByName(String(number)), (_, { storage }) => {
    const cursors: ReturnType<SqlStorage["exec"]>[] = [];
    const exec = (sql: string, ...bindings: unknown[]) => {
      const cursor = storage.sql.exec(sql, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    const partition = new Partition(
      new PartitionStore({ exec: exec as SqlStorage["exec"] }),
      POLICIES,
    );
    const rows: Record<string, number> = {};
    const count = <T>(name: string, act: () => T): T => {
      cursors.length = 0;
      const result = act();
      rows[name] = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
      return result;
    };
    const ask = <T>(act: (operator: Operator) => T): T => partition.steer(act, NOW).result;
    const update = (customer: string, step: number) => {
      const time = new Date(NOW + step * 10_000).toISOString();
      const event = { ...profileOf(customer, time, step), email: `${customer}@example.com` };
      return partition.record(event, customer, NOW + step * 10_000);
    };
    const deliver = (step: number, settlement: Settlement) => {
      const now = NOW + step * 10_000;
      count("alarm", () => partition.alarm(now));
      const claimed = count("claim", () => partition.claim(100, { now, leaseId: `${step}` }));
      const settled = claimed.result.customers.flatMap(({ customerId, deliveries }) =>
        deliveries.map(({ destination, leaseId }): SettledDelivery => {
          const ended = destination === "a" ? settlement : DELIVERED;
          return { customerId, destination, leaseId, isEvent: false, settlement: ended };
        }),
      );
      count("settle", () => partition.settle(settled, { now, random: () => RANDOM }));
    };
    update("template", 0);
    deliver(0, DELIVERED);
    storage.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO customers (customer_id, state, due_at, behind, dead, email)
       SELECT 'customer-' || i, replace(state, 'template', 'customer-' || i), NULL, NULL, NULL,
         'customer-' || i || '@example.com' FROM n, customers WHERE customer_id = 'template'`,
      customers,
    );
    for (let n = 1; n <= SOME; n += 1) update(`customer-${n}`, 1);
    deliver(1, REJECTED);
    for (let n = 1; n < SOME; n += 1) update(`customer-${SOME + n}`, 2);
    count("record, known", () => update("customer-500", 2));
    count("survey", () => ask((operator) => operator.survey(NOW)));
    count("behind", () => ask((operator) => operator.behind("a", "", SOME, NOW)));
    deliver(2, DELIVERED);
    count("record, new", () => update("stranger", 3));
    count("deliveries", () =>
      ask((operator) => operator.deliveries("customer-7" as CustomerId, NOW)),
    );
    const found = count("find by e-mail", () =>
      ask((operator) => operator.findByEmail("customer-900@example.com", "", SOME)),
    );
    expect(found.profiles).toHaveLength(1);
    const dead = count("dead letters", () =>
      ask((operator) => operator.deadLetters("a", null, SOME, NOW)),
    );
    expect(dead.letters).toHaveLength(SOME);
    return rows;
  });
}
