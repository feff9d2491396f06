// A partition with many customers: how often it rings, and whom one doorbell brings.
import { describe, expect, it } from "vitest";
import { Partition } from "../../../src/ledger/partition.ts";
import type { DestinationPolicy } from "../../../src/ledger/policy.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import { openSql } from "../../support/sqlite.ts";
import { NOW, POLICY } from "../customer.ts";
import { notificationOf, profileOf } from "../events.ts";

const RING_AGAIN_MS = 5_000;
const AT = new Date(NOW).toISOString();
const ACCEPTED = { kind: "accepted", status: 202, job: "job 1" } as const;

function partitionOf(policy: DestinationPolicy, customers: number): Partition {
  const partition = new Partition(new PartitionStore(openSql()), [policy]);
  for (let number = 0; number < customers; number += 1)
    partition.record(profileOf(`c${number}`, AT, 1), `c${number}`, NOW);
  // The first rang; nobody heard it.
  partition.ringFailed();
  return partition;
}

/** What a partition does for a webhook that comes after a claim of so many customers. */
function hailAfter(customers: number, now: number) {
  const partition = partitionOf(POLICY, customers);
  partition.claim(10, { now: NOW, leaseId: "lease" });
  const { doorbells, wakeAt } = partition.record(profileOf("next", AT, 1), "next", now);
  return { doorbells, afterMs: (wakeAt ?? 0) - now };
}

describe("doorbells", () => {
  it("are one for each hundred that are due, and ten at a time", () => {
    expect(partitionOf(POLICY, 0).alarm(NOW).result).toBe(0);
    expect(partitionOf(POLICY, 1).alarm(NOW).result).toBe(1);
    expect(partitionOf(POLICY, 100).alarm(NOW).result).toBe(1);
    expect(partitionOf(POLICY, 101).alarm(NOW).result).toBe(2);
    expect(partitionOf(POLICY, 1_001).alarm(NOW).result).toBe(10);
  });

  it("are rung again only once nobody answered for five seconds", () => {
    const partition = partitionOf(POLICY, 1);
    expect(partition.alarm(NOW)).toMatchObject({ result: 1, wakeAt: NOW + RING_AGAIN_MS });
    expect(partition.alarm(NOW + RING_AGAIN_MS - 1).result).toBe(0);
    expect(partition.alarm(NOW + RING_AGAIN_MS).result).toBe(1);
  });

  it("are rung again at once when they were answered, or could not be sent", () => {
    const partition = partitionOf(POLICY, 2);
    expect(partition.alarm(NOW).result).toBe(1);
    partition.ringFailed();
    expect(partition.alarm(NOW).result).toBe(1);
    expect(partition.claim(1, { now: NOW, leaseId: "lease" }).wakeAt).toBe(NOW);
    expect(partition.alarm(NOW).result).toBe(1);
  });

  it("are rung at no time when nobody is due", () => {
    const partition = partitionOf(POLICY, 0);
    expect(partition.alarm(0).wakeAt).toBeNull();
  });

  it("are rung by whoever is due and finds that nobody rang, without an alarm", () => {
    const partition = partitionOf(POLICY, 0);
    const send = (id: string, now: number) => {
      const { doorbells, wakeAt } = partition.record(profileOf(id, AT, 1), id, now);
      return { doorbells, wakeAt };
    };
    const again = NOW + 1 + RING_AGAIN_MS;
    expect(send("ann", NOW + 1)).toEqual({ doorbells: 1, wakeAt: again });
    expect(send("bob", NOW + 2)).toEqual({ doorbells: 0, wakeAt: again });
    expect(send("eve", again)).toEqual({ doorbells: 1, wakeAt: again + RING_AGAIN_MS });
  });

  it("are rung by nobody who has to wait himself", () => {
    const partition = partitionOf({ ...POLICY, minIntervalMs: 60_000 }, 1);
    partition.claim(10, { now: NOW, leaseId: "lease" });
    const ended = { customerId: profileOf("c0", AT, 1).customer_id, destination: "acme" };
    const settlement = { kind: "delivered", status: 200 } as const;
    partition.settle([{ ...ended, leaseId: "lease", isEvent: false, settlement }], {
      now: NOW,
      random: () => 0,
    });
    const later = profileOf("c0", new Date(NOW + 1).toISOString(), 2);
    const { doorbells, wakeAt } = partition.record(later, "c0", NOW + 1);
    expect({ doorbells, wakeAt }).toEqual({ doorbells: 0, wakeAt: NOW + 60_000 });
  });
});

describe("after a claim", () => {
  it("of three customers the next has no wait", () => {
    expect(hailAfter(0, NOW + 1).doorbells).toBe(1);
    expect(hailAfter(3, NOW + 1).doorbells).toBe(1);
  });

  it("of four the next waits for the beat, a tenth of a second at most", () => {
    expect(hailAfter(4, NOW + 1)).toEqual({ doorbells: 0, afterMs: 99 });
    expect(hailAfter(4, NOW + 100)).toEqual({ doorbells: 1, afterMs: RING_AGAIN_MS });
    expect(hailAfter(4, NOW + 101)).toEqual({ doorbells: 0, afterMs: 99 });
  });

  it("of two the next still waits when there was a crowd, and after one alone it does not", () => {
    const partition = partitionOf(POLICY, 4);
    const next = (id: string, now: number) => {
      const { doorbells } = partition.record(profileOf(id, AT, 1), id, now);
      return doorbells;
    };
    const claim = (now: number) => partition.claim(10, { now, leaseId: `${now}` });
    expect(claim(NOW).result.customers).toHaveLength(4);
    expect([next("c4", NOW + 1), next("c5", NOW + 2)]).toEqual([0, 0]);
    expect(claim(NOW + 100).result.customers).toHaveLength(2);
    expect(next("c6", NOW + 101)).toBe(0);
    expect(claim(NOW + 200).result.customers).toHaveLength(1);
    expect(next("c7", NOW + 201)).toBe(1);
  });

  it("of two customers and two events, too", () => {
    const partition = partitionOf({ ...POLICY, notifications: true }, 2);
    for (const id of ["c0", "c1"]) partition.notify(notificationOf(id, AT), id, NOW);
    partition.claim(10, { now: NOW, leaseId: "lease" });
    expect(partition.record(profileOf("next", AT, 1), "next", NOW + 1).wakeAt).toBe(NOW + 100);
  });
});

describe("events", () => {
  const each: DestinationPolicy = { ...POLICY, profiles: "every", notifications: true };
  const context = { now: NOW, leaseId: "lease" };

  it("are claimed in their turn, and gone once they were delivered", () => {
    const partition = partitionOf(each, 1);
    partition.notify(notificationOf("c0", AT), "c0", NOW);
    for (const topic of ["customer.profile.updated", "notification"]) {
      const [event] = partition.claim(10, context).result.events;
      expect(event).toMatchObject({ customerId: "c0", destination: "acme", attempt: 1 });
      expect(event?.content.topic).toContain(topic);
      if (event === undefined) continue;
      const settlement = { kind: "delivered", status: 200 } as const;
      partition.settle([{ ...event, isEvent: true, settlement }], { now: NOW, random: () => 0 });
    }
    expect(partition.claim(10, context).result.events).toEqual([]);
  });
});

describe("a column that is damaged", () => {
  it("keeps nobody else from being counted", () => {
    const sql = openSql();
    const store = new PartitionStore(sql);
    const partition = new Partition(store, [POLICY]);
    for (const id of ["ann", "bob"]) partition.record(profileOf(id, AT, 1), id, NOW);
    sql.exec("UPDATE customers SET behind = '{' WHERE customer_id = 'ann'");
    const [survey] = partition.steer((operator) => operator.survey(NOW), NOW).result.values();
    expect(survey?.crowd.behind).toBe(1);
    const [key = ""] = store.crowds.survey().keys();
    expect(store.crowds.countBehindUpTo(key, "zoe", NOW)).toBe(1);
  });
});

describe("a job that is lost", () => {
  it("makes those due again whom it was to write", () => {
    const partition = partitionOf(POLICY, 2);
    for (const { customerId } of partition.claim(10, { now: NOW, leaseId: "lease" }).result
      .customers) {
      const ended = { customerId, destination: "acme", leaseId: "lease", isEvent: false };
      const context = { now: NOW, random: () => 0 };
      partition.settle([{ ...ended, settlement: ACCEPTED }], context);
    }
    const later = NOW + 60_000;
    expect(partition.claim(10, { now: later, leaseId: "next" }).result.customers).toEqual([]);
    partition.redo("acme", "job 1", "lost", later);
    expect(partition.claim(10, { now: later, leaseId: "next" }).result.customers).toHaveLength(2);
  });
});

describe("a claim", () => {
  it("names nobody whom there is nothing to tell", () => {
    const partition = partitionOf({ ...POLICY, onlyOn: ["tier"] }, 1);
    const claimAt = (now: number) => partition.claim(10, { now, leaseId: "l" }).result.customers;
    const [customer] = claimAt(NOW);
    const ended = { destination: "acme", leaseId: "l", isEvent: false } as const;
    const settlement = { kind: "delivered", status: 200 } as const;
    if (customer !== undefined)
      partition.settle([{ ...ended, customerId: customer.customerId, settlement }], {
        now: NOW,
        random: () => 0,
      });
    const later = NOW + 60_000;
    partition.record(profileOf("c0", new Date(later).toISOString(), 3), "c0", later);
    expect(claimAt(later)).toEqual([]);
  });
});
