// The ledger's invariants (README, "Invariants"), held against random schedules of everything that
// can happen to a partition.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Partition } from "../../src/ledger/partition.ts";
import { newestProfile } from "../../src/ledger/profiles/standing.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";
import { openSql } from "../support/sqlite.ts";
import { profileOf } from "./events.ts";
import { schedules, type Step } from "./steps.ts";
import { EPOCH, POLICIES, World } from "./world.ts";

/** Schedules to run; `SCHEDULES=20000` for a longer search. */
const RUNS = Number(process.env["SCHEDULES"] ?? 1_000);
/** Ten seconds on a machine with nothing else to do. */
const TIMEOUT_MS = 600_000;

const minute = fc.integer({ min: -3, max: 8 });
const points = fc.integer({ min: 1, max: 4 });

/** Schedules that broke an invariant, as short as they could be made. */
const ONCE_BROKEN: Readonly<Record<string, readonly Step[]>> = {
  "a resync of somebody who is under way to a closed gate, and whose consumer dies": [
    { do: "record", customer: "ann", minute: 0, points: 1 },
    { do: "record", customer: "bob", minute: 0, points: 1 },
    { do: "round", answer: "applied, no answer" },
    { do: "record", customer: "bob", minute: 0, points: 2 },
    { do: "wait", ms: 90_000_000 },
    { do: "close gate", destination: "tier", ms: 5_000 },
    { do: "work", limit: 1 },
    { do: "consumer dies", pick: 2 },
    { do: "round", answer: "ok" },
    { do: "resync", destination: "tier", customer: "bob" },
    { do: "work", limit: 1 },
  ],
  "a delivery from before an erasure went into a job": [
    { do: "record", customer: "ann", minute: 0, points: 1 },
    { do: "work", limit: 1 },
    { do: "erase", customer: "ann" },
    { do: "record", customer: "ann", minute: 1, points: 1 },
    { do: "round", answer: "into a job" },
    { do: "job refuses", destination: "all", customer: "ann", back: 0 },
    { do: "work", limit: 1 },
  ],
};

describe("a partition of the ledger", () => {
  it(
    "keeps every invariant under any schedule, and ends in step",
    () => {
      fc.assert(
        fc.property(schedules, (schedule) => {
          const world = new World();
          for (const next of schedule) world.take(next);
          world.settleDown();
        }),
        { numRuns: RUNS },
      );
    },
    TIMEOUT_MS,
  );

  it("keeps them under schedules that once broke one", () => {
    for (const schedule of Object.values(ONCE_BROKEN)) {
      const world = new World();
      for (const next of schedule) world.take(next);
      world.settleDown();
      expect(world.alarmAt).toBeNull();
    }
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
        const store = new PartitionStore(openSql());
        const partition = new Partition(store, POLICIES);
        for (const [index, webhook] of arriving.entries()) {
          const time = new Date(EPOCH + webhook.minute * 60_000).toISOString();
          partition.record(profileOf("ann", time, webhook.points), "ann", EPOCH + index);
        }
        const newest = sent.toSorted((left, right) => right.minute - left.minute)[0];
        const state = store.customers.read("ann" as CustomerId);
        expect(state && newestProfile(state)?.points.total).toBe(newest?.points);
      }),
      { numRuns: 500 },
    );
  });
});
