// A gate that opens again lets go whom it held, as fast as the destination takes them; so are dead letters
// replayed, and customers backfilled.
import { describe, expect, it } from "vitest";
import { Partition } from "../../../src/ledger/partition.ts";
import { type DestinationPolicy, PROFILE_STORE } from "../../../src/ledger/policy.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import type { Settlement } from "../../../src/ledger/turn.ts";
import type { CustomerId } from "../../../src/profile/customer-id.ts";
import { openSql } from "../../support/sqlite.ts";
import { NOW, POLICY } from "../customer.ts";
import {
  CLOSED_MS,
  DELIVERED,
  emptyPartition,
  HELD,
  heldOf,
  recordAll,
  recordOf,
  REFUSED,
  settle,
} from "./scene.ts";

describe("a gate that was opened", () => {
  it("lets a hundred go at a time", () => {
    const partition = heldOf(149);
    expect(partition.claim(1_000, { now: NOW + 5_000, leaseId: "l" }).result.customers).toEqual([]);
    expect(partition.open("acme", NOW + 5_000).result).toBe(1);
    expect(settle(partition, NOW + 5_000, DELIVERED)).toBe(100);
    expect(partition.alarm(NOW + 5_000).result).toBe(1);
    expect(settle(partition, NOW + 5_000, DELIVERED)).toBe(50);
    expect(partition.alarm(NOW + 5_000)).toMatchObject({ result: 0, wakeAt: null });
  });

  it("lets nobody go beyond those who are under way", () => {
    const partition = heldOf(149);
    partition.open("acme", NOW + 5_000);
    const context = { now: NOW + 5_000, leaseId: "l" };
    expect(partition.claim(1_000, context).result.customers).toHaveLength(100);
    partition.alarm(NOW + 5_000);
    expect(partition.claim(1_000, context).result.customers).toEqual([]);
  });
});

describe("a gate whose time is over", () => {
  const until = NOW + CLOSED_MS;

  it("is asked by one, and the others follow once it was found open", () => {
    const partition = heldOf(20);
    expect(partition.alarm(NOW + 5_000)).toMatchObject({ result: 0, wakeAt: until });
    expect(partition.alarm(until).result).toBe(1);
    expect(settle(partition, until, DELIVERED)).toBe(1);
    partition.alarm(until);
    expect(settle(partition, until, DELIVERED)).toBe(20);
  });

  it("is forgotten a minute after nobody is held by it", () => {
    const store = new PartitionStore(openSql());
    const partition = new Partition(store, [POLICY]);
    recordOf(partition, "first");
    settle(partition, NOW, HELD);
    partition.open("acme", NOW);
    settle(partition, NOW + 5_000, DELIVERED);
    partition.sweep("acme", "backfill", { startedAt: 1, all: false }, NOW + 59_000);
    expect(store.roster.read().get("acme")?.closure).not.toBeNull();
    partition.sweep("acme", "backfill", { startedAt: 2, all: false }, NOW + 60_000);
    expect(store.roster.read().get("acme")?.closure).toBeNull();
  });
});

describe("a replay", () => {
  it("brings all dead letters back, a hundred at a time", () => {
    const partition = emptyPartition();
    recordAll(partition, "c", 120);
    const later = NOW + 5_000;
    expect(settle(partition, later, REFUSED)).toBe(120);
    const again = later + 5_000;
    expect(partition.sweep("acme", "replay", { startedAt: 1, all: false }, again).result).toBe(1);
    expect(settle(partition, again, DELIVERED)).toBe(100);
    partition.alarm(again);
    expect(settle(partition, again, DELIVERED)).toBe(20);
    expect(partition.alarm(again).wakeAt).toBeNull();
  });
});

describe("a dead letter at a closed gate whose time is over", () => {
  it("is the one that asks it, where nobody else is held", () => {
    const partition = emptyPartition();
    recordOf(partition, "dead");
    settle(partition, NOW, REFUSED);
    recordOf(partition, "held");
    settle(partition, NOW, HELD);
    partition.erase("held" as CustomerId, "held", NOW);
    partition.sweep("acme", "replay", { startedAt: 1, all: false }, NOW + 1);
    const until = NOW + CLOSED_MS;
    expect(partition.alarm(until).result).toBe(1);
    expect(settle(partition, until, DELIVERED)).toBe(1);
  });
});

describe("a webhook for a closed gate", () => {
  it("has the partition awake when the gate is to be asked, whatever rings later", () => {
    const other = { ...POLICY, id: "other" };
    const partition = new Partition(new PartitionStore(openSql()), [POLICY, other]);
    recordOf(partition, "ann");
    const { customers } = partition.claim(1, { now: NOW, leaseId: "lease" }).result;
    const settlement: Settlement = { kind: "held", status: 401, reason: "no", forMs: 1_000 };
    const ended = { destination: "acme", leaseId: "lease", isEvent: false, settlement };
    partition.settle(
      customers.map(({ customerId }) => ({ ...ended, customerId })),
      { now: NOW, random: () => 0 },
    );
    expect(recordOf(partition, "bob").doorbells).toBe(1);
    expect(recordOf(partition, "cid").wakeAt).toBe(NOW + 1_000);
  });
});

describe("a webhook that only a closed gate waits for", () => {
  it("rings for nobody, and has the partition awake when the gate is to be asked", () => {
    const partition = emptyPartition();
    recordOf(partition, "ann");
    settle(partition, NOW, HELD);
    const { doorbells, wakeAt } = recordOf(partition, "bob");
    expect({ doorbells, wakeAt }).toEqual({ doorbells: 0, wakeAt: NOW + CLOSED_MS });
  });
});

describe("a destination that takes each event in turn", () => {
  const each: DestinationPolicy = { ...POLICY, id: "each", profiles: "every" };

  it("is backfilled with those it never heard of, and once", () => {
    const store = new PartitionStore(openSql());
    recordOf(new Partition(store, [POLICY]), "ann");
    const partition = new Partition(store, [POLICY, each]);
    expect(sweep(partition, 1)).toBe(1);
    const ended = { customerId: "ann" as CustomerId, leaseId: "lease", isEvent: true };
    partition.settle([{ ...ended, destination: "each", settlement: DELIVERED }], {
      now: NOW + 1,
      random: () => 0,
    });
    expect(sweep(partition, 2)).toBe(0);
    expect(sweep(partition, 3, true)).toBe(1);
  });

  it("is not backfilled with those who are being forgotten", () => {
    const store = { ...POLICY, id: PROFILE_STORE };
    const partition = new Partition(new PartitionStore(openSql()), [store, each]);
    recordOf(partition, "ann");
    partition.erase("ann" as CustomerId, "ann", NOW);
    expect(sweep(partition, 1)).toBe(0);
    expect(sweep(partition, 2, true)).toBe(0);
  });
});

/** Backfills the one that takes each event in turn; how many events it is sent. */
function sweep(partition: Partition, startedAt: number, all = false): number {
  partition.sweep("each", "backfill", { startedAt, all }, NOW + startedAt);
  return partition.claim(10, { now: NOW + startedAt, leaseId: "lease" }).result.events.length;
}
