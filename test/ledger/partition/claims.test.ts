// What consumers took of customers lies in a row for each claim, which their own rows do not show.
import { describe, expect, it } from "vitest";
import { Partition } from "../../../src/ledger/partition.ts";
import { type DestinationPolicy, LEASE_MS } from "../../../src/ledger/policy.ts";
import { ClaimTable } from "../../../src/ledger/store/claims.ts";
import { PartitionStore } from "../../../src/ledger/store/store.ts";
import type { Settlement } from "../../../src/ledger/turn.ts";
import type { CustomerId } from "../../../src/profile/customer-id.ts";
import { openSql } from "../../support/sqlite.ts";
import { DELIVERED, NOW, POLICY, SECOND_MS } from "../customer.ts";
import { recordOf } from "./scene.ts";

const OTHER = { ...POLICY, id: "other", key: "other" };

/** A partition that can be started again, and what its tables hold. */
class Scene {
  readonly sql = openSql();
  readonly #policies: readonly DestinationPolicy[];
  partition: Partition;
  store: PartitionStore;

  constructor(...policies: readonly DestinationPolicy[]) {
    this.#policies = policies;
    this.store = new PartitionStore(this.sql);
    this.partition = new Partition(this.store, policies);
  }

  restart(): void {
    this.store = new PartitionStore(this.sql);
    this.partition = new Partition(this.store, this.#policies);
  }

  /** Whom a claim takes, under a lease of this name. */
  claim(leaseId: string, now = NOW, limit = 100): readonly string[] {
    const { customers } = this.partition.claim(limit, { now, leaseId }).result;
    return customers.map(({ customerId }) => customerId);
  }

  settle(leaseId: string, customer: string, settlement: Settlement, destination = "acme"): void {
    const about = { customerId: customer as CustomerId, leaseId, destination, isEvent: false };
    this.partition.settle([{ ...about, settlement }], { now: NOW, random: () => 0.5 });
  }

  get rows(): readonly object[] {
    return this.sql.exec("SELECT * FROM customers ORDER BY customer_id").toArray();
  }

  /** The leases of the claims that are stored. */
  get claims(): readonly string[] {
    const rows = this.sql.exec<{ id: string }>("SELECT lease_id AS id FROM claims ORDER BY 1");
    return rows.toArray().map(({ id }) => id);
  }
}

/** A scene with webhooks of these customers. */
function sceneOf(customers: readonly string[], ...policies: readonly DestinationPolicy[]): Scene {
  const scene = new Scene(...policies);
  for (const customer of customers) recordOf(scene.partition, customer);
  return scene;
}

describe("a claim", () => {
  it("is one row, whoever it takes, and none where it takes nobody", () => {
    const scene = sceneOf(["ann", "bob"], POLICY);
    const before = scene.rows;
    expect(scene.claim("first")).toEqual(["ann", "bob"]);
    expect(scene.rows).toEqual(before);
    expect(scene.claim("second")).toEqual([]);
    expect(scene.claims).toEqual(["first"]);
  });

  it("is shown by the row of whoever it did not take", () => {
    const { sql } = sceneOf(["ann"], POLICY);
    expect(new ClaimTable(sql).shown("ann" as CustomerId)).toBe(false);
  });

  it("goes with the last of its customers", () => {
    const scene = sceneOf(["ann", "bob"], POLICY);
    scene.claim("lease");
    scene.settle("lease", "ann", DELIVERED);
    expect(scene.claims).toEqual(["lease"]);
    scene.settle("lease", "bob", DELIVERED);
    expect(scene.claims).toEqual([]);
  });

  it("leaves alone those who were taken, and takes as many others as it may", () => {
    const scene = sceneOf(["ann", "bob", "cara", "dora"], POLICY);
    expect(scene.claim("first", NOW, 2)).toEqual(["ann", "bob"]);
    expect(scene.claim("second", NOW, 1)).toEqual(["cara"]);
    expect(scene.store.customers.countDue(NOW, 10)).toBe(1);
    expect(scene.store.customers.earliestDue()).toBe(NOW);
    expect(scene.claim("third")).toEqual(["dora"]);
    expect(scene.store.customers.countDue(NOW + LEASE_MS - 1, 10)).toBe(0);
    expect(scene.store.customers.countDue(NOW + LEASE_MS, 10)).toBe(4);
    expect(scene.store.customers.earliestDue()).toBe(NOW + LEASE_MS);
  });

  it("of a customer who is taken already is written to the customer's row, with both", () => {
    const scene = sceneOf(["ann"], POLICY, { ...OTHER, minIntervalMs: 10 * SECOND_MS });
    scene.claim("both");
    scene.settle("both", "ann", DELIVERED);
    scene.settle("both", "ann", DELIVERED, "other");
    recordOf(scene.partition, "ann", NOW + SECOND_MS, 2);
    expect(scene.claim("first", NOW + SECOND_MS)).toEqual(["ann"]);
    expect(scene.claims).toEqual(["first"]);
    expect(scene.claim("second", NOW + 10 * SECOND_MS)).toEqual(["ann"]);
    expect(scene.claims).toEqual([]);
    scene.restart();
    expect(scene.claim("third", NOW + 20 * SECOND_MS)).toEqual([]);
    scene.settle("first", "ann", DELIVERED);
    scene.settle("second", "ann", DELIVERED, "other");
    expect(scene.store.customers.earliestDue()).toBeNull();
  });
});

describe("a claim that was stored", () => {
  it("is known after a restart, and so is when its customers are due", () => {
    const scene = sceneOf(["ann", "bob"], POLICY);
    scene.claim("lease");
    const ann = scene.store.customers.read("ann" as CustomerId);
    scene.restart();
    expect(scene.store.customers.read("ann" as CustomerId)).toEqual(ann);
    expect(scene.store.customers.earliestDue()).toBe(NOW + LEASE_MS);
    expect(scene.claim("other", NOW + LEASE_MS - 1)).toEqual([]);
    expect(scene.claim("other", NOW + LEASE_MS)).toEqual(["ann", "bob"]);
    expect(scene.claims).toEqual([]);
  });

  it("takes nothing of those whose rows were written since, and is dropped with the last", () => {
    const scene = sceneOf(["ann", "bob"], POLICY);
    scene.claim("lease");
    const [stored] = scene.sql.exec<{ claim: string }>("SELECT claim FROM claims").toArray();
    scene.settle("lease", "ann", DELIVERED);
    recordOf(scene.partition, "bob", NOW + SECOND_MS, 2);
    scene.settle("lease", "bob", DELIVERED);
    expect(scene.claims).toEqual([]);
    scene.sql.exec("INSERT INTO claims VALUES ('lease', ?)", stored?.claim ?? "");
    scene.restart();
    expect(scene.claims).toEqual([]);
    expect(scene.store.customers.earliestDue()).toBe(NOW + SECOND_MS);
    expect(scene.claim("next", NOW + SECOND_MS)).toEqual(["bob"]);
  });

  it("is dropped where it cannot be read, so that its customers are due", () => {
    const scene = sceneOf(["ann"], POLICY);
    scene.claim("lease");
    scene.sql.exec("UPDATE claims SET claim = '{'");
    scene.restart();
    expect(scene.claims).toEqual([]);
    expect(scene.claim("next")).toEqual(["ann"]);
  });

  it("takes nothing for a destination that nobody knows", () => {
    const scene = sceneOf(["ann"], POLICY);
    scene.claim("lease");
    const known = scene.store.customers.read("ann" as CustomerId);
    scene.sql.exec(`UPDATE claims SET claim = replace(claim, '["acme"]', '["acme","gone"]')`);
    scene.restart();
    expect(scene.store.customers.read("ann" as CustomerId)).toEqual(known);
  });

  it("takes nothing of a customer who was erased meanwhile", () => {
    const scene = sceneOf(["ann"], POLICY);
    scene.claim("lease");
    scene.partition.erase("ann" as CustomerId, "ann", NOW);
    expect(scene.claims).toEqual([]);
    expect(scene.store.customers.earliestDue()).toBe(NOW + LEASE_MS);
  });
});
