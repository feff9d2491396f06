// POST /v1/destinations/{id}/backfill where nothing is missing: it calls nobody, unless all are asked for.
import { beforeEach, describe, expect, it } from "vitest";
import { isOver } from "../support/backfills.ts";
import { OperatorClient } from "../support/operator.ts";
import { calledBy, INTERVAL_MS } from "../support/refused-customers.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const CUSTOMERS = Array.from({ length: 40 }, (_, index) => `customer-${index}`).toSorted();

describe("a destination that is in step", () => {
  beforeEach(async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    await relay.catchUp(CUSTOMERS);
    moveClock(INTERVAL_MS);
  });

  it("is called for nobody by a backfill", async () => {
    const called = await calledBy(crms, "one", async () => {
      await operator.backfill("one");
      expect(await isOver(operator, "one")).toMatchObject({
        done: CUSTOMERS.length,
        total: CUSTOMERS.length,
      });
    });
    expect(called).toEqual([]);
  });

  it("is called for everybody by a backfill of all, whatever its only_on", async () => {
    for (const id of ["one", "tiers"] as const) {
      const called = await calledBy(crms, id, async () => {
        await operator.backfill(id, { all: true });
        expect(await isOver(operator, id)).toMatchObject({ done: CUSTOMERS.length });
      });
      expect(called).toEqual(CUSTOMERS);
    }
    for (const { data } of crms.events("one").slice(-CUSTOMERS.length)) {
      expect(data).toMatchObject({ sequence: 1, changes: {} });
    }
  });

  it("can be backfilled again, which is another backfill", async () => {
    const { started_at } = await operator.backfill("one");
    await isOver(operator, "one");
    moveClock(INTERVAL_MS);
    const again = await operator.backfill("one", { all: true });
    expect(again.started_at > started_at).toBe(true);
    expect(await isOver(operator, "one")).toMatchObject({ started_at: again.started_at });
  });
});

describe("a relay that stored nothing", () => {
  it("has nothing to backfill", async () => {
    await operator.backfill("one", { all: true });
    expect(await isOver(operator, "one")).toMatchObject({ done: 0, total: 0 });
  });
});
