// The ledger's invariants (README, "Invariants"), held against random schedules of everything that
// can happen to a partition.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Partition } from "../../src/ledger/partition.ts";
import { newestProfile } from "../../src/ledger/standing.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { MemoryStore } from "./memory-store.ts";
import { EPOCH, eventOf, POLICIES, type Step, World } from "./world.ts";

const RUNS = 10_000;

const pick = fc.nat(5);
const customer = fc.constantFrom("ann", "bob");
const minute = fc.integer({ min: -3, max: 8 });
const points = fc.integer({ min: 1, max: 4 });
const answer = fc.constantFrom(
  "ok",
  "error",
  "applied, no answer",
  "refused",
  "held",
  "untried",
) satisfies fc.Arbitrary<string>;

const steps: Record<string, readonly [weight: number, arbitrary: fc.Arbitrary<Step>]> = {
  record: [6, fc.record({ do: fc.constant("record"), customer, minute, points })],
  work: [8, fc.record({ do: fc.constant("work"), limit: fc.constantFrom(1, 2, 100) })],
  finish: [10, fc.record({ do: fc.constant("finish"), pick, answer })],
  attempt: [3, fc.record({ do: fc.constant("attempt"), pick, answer })],
  settle: [3, fc.record({ do: fc.constant("settle"), pick })],
  consume: [2, fc.record({ do: fc.constant("consume"), limit: fc.constantFrom(1, 2, 100) })],
  alarm: [2, fc.record({ do: fc.constant("alarm") })],
  shortWait: [3, fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 500, 1_000, 5_000) })],
  longWait: [1, fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(61_000, 3_600_000) })],
  days: [1, fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(90_000_000, 300_000_000) })],
  erase: [1, fc.record({ do: fc.constant("erase"), customer })],
  death: [1, fc.record({ do: fc.constant("consumer dies"), pick })],
  mishap: [
    2,
    fc.record({ do: fc.constantFrom("memory lost", "doorbell lost", "doorbell doubled") }),
  ],
};
const step = fc.oneof(
  ...Object.values(steps).map(([weight, arbitrary]) => ({ weight, arbitrary })),
);
const schedules = fc.array(step, { minLength: 1, maxLength: 80, size: "max" });

describe("a partition of the ledger", () => {
  it("keeps every invariant under any schedule, and ends in step", () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const world = new World();
        for (const next of schedule) world.take(next);
        world.settleDown();
      }),
      { numRuns: RUNS },
    );
  });

  it("ends in the same profile whatever the order and number of the same webhooks", () => {
    const webhooks = fc.uniqueArray(fc.record({ minute, points }), {
      minLength: 1,
      maxLength: 6,
      selector: (webhook) => webhook.minute,
    });
    const shuffledTwice = webhooks.chain((sent) =>
      fc.tuple(
        fc.constant(sent),
        fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(shuffledTwice, ([sent, arriving]) => {
        const store = new MemoryStore();
        const partition = new Partition(store, POLICIES);
        for (const [index, webhook] of arriving.entries()) {
          const time = new Date(EPOCH + webhook.minute * 60_000).toISOString();
          partition.record(eventOf("ann", time, webhook.points), "ann", EPOCH + index);
        }
        const newest = sent.toSorted((left, right) => right.minute - left.minute)[0];
        const state = store.read("ann" as CustomerId);
        expect(state && newestProfile(state)?.points.total).toBe(newest?.points);
      }),
      { numRuns: 2_000 },
    );
  });
});
