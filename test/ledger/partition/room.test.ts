// How much of a destination's room each has that waits for it.
import { describe, expect, it } from "vitest";
import type { Partition } from "../../../src/ledger/partition.ts";
import { NOW } from "../customer.ts";
import {
  claimed,
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

/** Some are in step (`a`), some dead (`z`), and some held (`h`) by a gate that was found closed. */
function crowdOf(inStep: number, dead: number, held: number): Partition {
  const partition = emptyPartition();
  recordAll(partition, "a", inStep);
  settle(partition, NOW, DELIVERED);
  recordAll(partition, "z", dead);
  settle(partition, NOW, REFUSED);
  if (held === 0) return partition;
  recordOf(partition, "h0");
  settle(partition, NOW, HELD);
  recordAll(partition, "h", held);
  return partition;
}

describe("a destination's room", () => {
  const later = NOW + 5_000;

  it("is first for those who were held, then for dead letters", () => {
    const partition = crowdOf(0, 60, 70);
    partition.sweep("acme", "replay", { startedAt: 1, all: false }, later);
    expect(claimed(partition, later)).toEqual([]);
    partition.open("acme", later);
    expect(claimed(partition, later)).toEqual([...Array(70).fill("h"), ...Array(30).fill("z")]);
  });

  it("is for dead letters before a backfill", () => {
    const partition = crowdOf(80, 60, 1);
    partition.sweep("acme", "replay", { startedAt: 1, all: false }, later);
    partition.sweep("acme", "backfill", { startedAt: 2, all: true }, later);
    partition.open("acme", later);
    const expected = [...Array(39).fill("a"), "h", ...Array(60).fill("z")];
    expect(claimed(partition, later)).toEqual(expected);
  });

  it("is a hundred for a backfill alone", () => {
    const partition = crowdOf(120, 0, 0);
    partition.sweep("acme", "backfill", { startedAt: 1, all: true }, later);
    expect(claimed(partition, later)).toHaveLength(100);
  });

  it("is one for a replay, too, when it is time to ask a closed gate", () => {
    const partition = crowdOf(0, 3, 1);
    const until = NOW + CLOSED_MS;
    partition.sweep("acme", "replay", { startedAt: 1, all: false }, NOW + 1);
    partition.alarm(until);
    expect(claimed(partition, until)).toEqual(["h"]);
  });

  it("is used as soon as one of those under way is done", () => {
    const partition = heldOf(149);
    partition.open("acme", later);
    const [one] = partition.claim(1_000, { now: later, leaseId: "lease" }).result.customers;
    if (one === undefined) throw new Error("nobody was claimed");
    const ended = { destination: "acme", leaseId: "lease", isEvent: false };
    const result = { ...ended, customerId: one.customerId, settlement: DELIVERED };
    expect(partition.settle([result], { now: later, random: () => 0 }).wakeAt).toBe(later);
  });

  it("is not for a sweep that is over", () => {
    const partition = crowdOf(1, 0, 0);
    partition.sweep("acme", "backfill", { startedAt: 1, all: true }, later);
    expect(settle(partition, later, DELIVERED)).toBe(1);
    partition.alarm(later);
    recordAll(partition, "b", 1, later);
    settle(partition, later, DELIVERED);
    partition.sweep("acme", "replay", { startedAt: 2, all: false }, later + 5_000);
    expect(claimed(partition, later + 5_000)).toEqual([]);
  });
});
