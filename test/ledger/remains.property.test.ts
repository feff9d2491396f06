// What is left of a customer whose row is damaged: where to count on from, and nobody else waits.
import { expect, it } from "vitest";
import { Partition, type SettledDelivery } from "../../src/ledger/partition.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import { EPOCH, POLICIES } from "./world.ts";
import { profileOf } from "./events.ts";
import { openSql } from "../support/sqlite.ts";

it.each([
  ["an odd sequence", "$.sequence", "1e300"],
  ["a sequence before its profiles", "$.sequence", "-1"],
  ["no time", "$.occurredAt", "null"],
  ["a time that is none", "$.occurredAt", '"z"'],
  ["a turn that never comes", "$.destinations.all.notBefore", "1e18"],
  ["a turn before all times", "$.destinations.all.notBefore", "-1"],
])("a customer with %s goes on from where it was", (_name, path, value) => {
  const sql = openSql();
  const record = (minute: number) => {
    const time = new Date(EPOCH + minute * 60_000).toISOString();
    const partition = new Partition(new PartitionStore(sql), POLICIES);
    return partition.record(profileOf("ann", time, minute), "ann", EPOCH);
  };
  record(1);
  record(2);
  sql.exec("UPDATE customers SET state = json_set(state, ?, json(?))", path, value);
  const { result, wakeAt } = record(3);
  expect(result).toEqual({ outcome: "accepted", sequence: 3 });
  expect(wakeAt).toBeGreaterThan(0);
  expect(wakeAt).toBeLessThan(EPOCH + 60_000);
});

it("a customer whose state does not say that it is held keeps nobody from the gate", () => {
  const sql = openSql();
  const partition = new Partition(new PartitionStore(sql), POLICIES);
  const time = new Date(EPOCH).toISOString();
  const work = (now: number, settlement: SettledDelivery["settlement"]) => {
    partition.alarm(now);
    const leaseId = String(now);
    const { customers } = partition.claim(100, { now, leaseId }).result;
    const settled = customers.flatMap(({ customerId, deliveries }) =>
      deliveries.map(({ destination }) => {
        return { customerId, destination, leaseId, isEvent: false, settlement };
      }),
    );
    partition.settle(settled, { now, random: () => 0.5 });
    return customers.map(({ customerId }) => customerId);
  };
  for (const customer of ["ann", "bob"]) {
    partition.record(profileOf(customer, time, 1), customer, EPOCH);
  }
  work(EPOCH, { kind: "held", status: 401, reason: "no", forMs: 1_000 });
  sql.exec(
    "UPDATE customers SET state = json_remove(state, '$.destinations.all') WHERE customer_id = 'ann'",
  );
  partition.sweep("PROFILES", "backfill", { startedAt: EPOCH, all: false }, EPOCH);
  const seen = [1, 2, 3].flatMap((minute) => {
    return work(EPOCH + minute * 60_000, { kind: "delivered", status: 200 });
  });
  expect(seen).toContain("bob");
  const holds = sql.exec<{ id: string }>("SELECT customer_id AS id FROM holds").toArray();
  expect(holds).toEqual([]);
});
