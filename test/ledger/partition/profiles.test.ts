// The rules of one customer where they meet the store: claims that are too large, erasures, and gates that
// were opened meanwhile.
import { describe, expect, it } from "vitest";
import { Partition, type SettledDelivery } from "../../../src/ledger/partition.ts";
import { type DestinationPolicy, PROFILE_STORE } from "../../../src/ledger/policy.ts";
import { Profiles } from "../../../src/ledger/profiles/profiles.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import type { Settlement } from "../../../src/ledger/turn.ts";
import type { CustomerId } from "../../../src/profile/customer-id.ts";
import { toTime } from "../../../src/time.ts";
import { openSql } from "../../support/sqlite.ts";
import { HOUR_MS, NOW, POLICY } from "../customer.ts";
import { notificationOf, profileOf } from "../events.ts";

const ANN = "ann" as CustomerId;
const DELIVERED: Settlement = { kind: "delivered", status: 200 };
const HELD: Settlement = { kind: "held", status: 401, reason: "HTTP 401", forMs: HOUR_MS };
const LEASE = { now: NOW, leaseId: "lease" };

function open(...policies: readonly DestinationPolicy[]) {
  const sql = openSql();
  const store = new PartitionStore(sql);
  const partition = new Partition(store, policies);
  const record = (time: number, now = NOW) =>
    partition.record(profileOf("ann", toTime(time), 1), "ann", now).result;
  const settle = (settlement: Settlement, more: Partial<SettledDelivery> = {}, now = NOW) => {
    const about = { customerId: ANN, destination: "acme", leaseId: "lease", isEvent: false };
    return partition.settle([{ ...about, settlement, ...more }], { now, random: () => 0 });
  };
  return { sql, store, partition, record, settle };
}

describe("a claim", () => {
  it("ends with the customer that makes it larger than a megabyte", () => {
    const { partition } = open(POLICY);
    for (const id of ["a", "b", "c", "d"]) {
      const event = profileOf(id, toTime(NOW), 1);
      partition.record({ ...event, attributes: { note: "x".repeat(400_000) } }, id, NOW);
    }
    expect(partition.claim(10, LEASE).result.customers).toHaveLength(3);
    const next = { ...LEASE, leaseId: "next" };
    expect(partition.claim(10, next).result.customers).toHaveLength(1);
  });
});

describe("an erasure", () => {
  it("keeps late webhooks from bringing the customer back for a day", () => {
    const { partition, record } = open(POLICY);
    record(NOW);
    expect(partition.erase(ANN, "ann", NOW).wakeAt).toBe(NOW + 24 * HOUR_MS);
    partition.alarm(NOW + 24 * HOUR_MS - 1);
    expect(record(NOW - 1).outcome).toBe("stale");
    partition.alarm(NOW + 24 * HOUR_MS);
    expect(record(NOW - 1).outcome).toBe("accepted");
  });

  it("that is repeated goes on counting where it was", () => {
    const { partition, record } = open(POLICY);
    record(NOW);
    partition.erase(ANN, "ann", NOW);
    partition.erase(ANN, "ann", NOW + 1);
    expect(record(NOW + 2)).toEqual({ outcome: "accepted", sequence: 3 });
  });

  it("is told from a state that cannot be read: there the count goes on, too", () => {
    const { sql, record } = open(POLICY);
    record(NOW);
    record(NOW + 1);
    sql.exec("UPDATE customers SET state = json_remove(state, '$.timeline')");
    const blank = new Partition(new PartitionStore(sql), [POLICY]);
    expect(blank.record(profileOf("ann", toTime(NOW + 2), 1), "ann", NOW).result).toEqual({
      outcome: "accepted",
      sequence: 3,
    });
  });
});

describe("word that a gate is closed", () => {
  it("counts for nothing from those who claimed before an operator opened it", () => {
    const { store, partition, record, settle } = open(POLICY);
    record(NOW);
    partition.claim(10, LEASE);
    partition.open("acme", NOW + 1);
    settle(HELD, {}, NOW + 2);
    expect(store.roster.read().get("acme")?.closure?.liftedAt).toBe(NOW + 1);
  });

  it("counts for nothing from events that were claimed before, either", () => {
    const { store, partition, record, settle } = open({ ...POLICY, profiles: "every" });
    record(NOW);
    partition.claim(10, LEASE);
    partition.open("acme", NOW + 1);
    settle(HELD, { isEvent: true }, NOW + 2);
    expect(store.roster.read().get("acme")?.closure?.liftedAt).toBe(NOW + 1);
  });
});

describe("a job in which no state says that somebody is", () => {
  it("refuses nobody", () => {
    const { sql, store, partition, record } = open(POLICY);
    record(NOW);
    const before = store.customers.read(ANN);
    sql.exec("INSERT INTO jobs (destination, job, customer_id) VALUES ('acme', 'job 1', 'ann')");
    const complaints = [{ key: "ann", error: "no" }];
    partition.refute("acme", { job: "job 1", key: "customer_id", complaints }, NOW);
    expect(store.customers.read(ANN)).toEqual(before);
  });
});

describe("a hold of which no state speaks", () => {
  it("is gone once the gate opens, or it would take somebody's turn", () => {
    const { sql, store, partition, record, settle } = open({ ...POLICY, notifications: true });
    const hold = (customer: string) =>
      sql.exec("INSERT INTO holds (destination, customer_id) VALUES (?, ?)", "acme", customer);
    record(NOW);
    partition.claim(10, LEASE);
    settle(DELIVERED);
    partition.notify(notificationOf("cid", toTime(NOW)), "cid", NOW);
    sql.exec("UPDATE streams SET is_held = 1");
    hold("ann");
    hold("nobody");
    expect(store.crowds.held("acme", 10).toSorted()).toEqual(["ann", "cid", "nobody"]);
    partition.open("acme", NOW);
    expect(store.crowds.held("acme", 10)).toEqual([]);
  });
});

describe("a destination that takes profiles and notifications", () => {
  it("has each of them settled alone, also under one lease's name", () => {
    const { store, partition, record, settle } = open({ ...POLICY, notifications: true });
    const leases = () => [
      store.customers.read(ANN)?.destinations["acme"]?.lease?.id,
      store.events.readStream({ customerId: ANN, key: "acme" })?.lease?.id,
    ];
    record(NOW);
    partition.notify(notificationOf("ann", toTime(NOW)), "ann", NOW);
    partition.claim(10, LEASE);
    expect(leases()).toEqual(["lease", "lease"]);
    settle(DELIVERED);
    expect(leases()).toEqual([undefined, "lease"]);
    record(NOW + 1, NOW + HOUR_MS / 2);
    partition.claim(10, { ...LEASE, now: NOW + HOUR_MS / 2 });
    settle(DELIVERED, { isEvent: true });
    expect(leases()).toEqual(["lease", undefined]);
  });
});

describe("the newest profile", () => {
  it("is none of a customer whom nobody knows", () => {
    const { store } = open(POLICY, { ...POLICY, id: PROFILE_STORE });
    expect(new Profiles(store, () => undefined).newest(ANN)).toBeNull();
  });
});
