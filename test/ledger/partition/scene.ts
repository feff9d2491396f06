// Many customers of one destination, for tests of what a partition does with a crowd.
import { Partition } from "../../../src/ledger/partition.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import type { Settlement } from "../../../src/ledger/turn.ts";
import { openSql } from "../../support/sqlite.ts";
import { NOW, POLICY } from "../customer.ts";
import { profileOf } from "../events.ts";

/** For so long a gate is closed; then it is asked. */
export const CLOSED_MS = 3_600_000;

export const DELIVERED: Settlement = { kind: "delivered", status: 200 };
export const REFUSED: Settlement = { kind: "rejected", status: 422, error: "no" };
export const HELD: Settlement = {
  kind: "held",
  status: 401,
  reason: "HTTP 401",
  forMs: CLOSED_MS,
};

/** A partition that knows nobody yet. */
export function emptyPartition(): Partition {
  return new Partition(new PartitionStore(openSql()), [POLICY]);
}

/** A webhook of each of so many customers. */
export function recordAll(partition: Partition, prefix: string, count: number, now = NOW): void {
  for (let number = 0; number < count; number += 1) recordOf(partition, `${prefix}${number}`, now);
}

/** A webhook of one customer. */
export function recordOf(partition: Partition, id: string, now = NOW, points = 1) {
  return partition.record(profileOf(id, new Date(now).toISOString(), points), id, now);
}

/** Claims all that is due, and settles it alike; how many it was. */
export function settle(partition: Partition, now: number, settlement: Settlement): number {
  const { customers } = partition.claim(1_000, { now, leaseId: "lease" }).result;
  const ended = { destination: "acme", leaseId: "lease", isEvent: false, settlement };
  partition.settle(
    customers.map(({ customerId }) => ({ ...ended, customerId })),
    { now, random: () => 0 },
  );
  return customers.length;
}

/** The first letters of all customers that are due. */
export function claimed(partition: Partition, now: number): readonly string[] {
  const { customers } = partition.claim(1_000, { now, leaseId: "lease" }).result;
  return customers.map(({ customerId }) => customerId.slice(0, 1)).toSorted();
}

/** A partition whose gate was found closed, with so many customers besides the one who found it. */
export function heldOf(customers: number): Partition {
  const partition = emptyPartition();
  recordOf(partition, "first");
  settle(partition, NOW, HELD);
  recordAll(partition, "c", customers);
  return partition;
}
