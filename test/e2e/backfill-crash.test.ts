// A relay that is killed in the middle of a backfill: it goes on where it was, and leaves nobody out.
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually, inParallel } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";

const CUSTOMERS = Array.from({ length: 40 }, (_, index) => `customer-${index}`).toSorted();
/** Longer than the leases of those that were under way when the relay was killed. */
const PATIENCE_MS = 110_000;

const first = await FakeCrm.open();
const added = await FakeCrm.open();
const toFirst = { id: "first", url: first.url, batch: 100 };
/** Slow enough to be killed in the middle. */
const toAdded = { id: "added", url: added.url, rate: { limit: 5, per_seconds: 1 } };
let relay: Relay;
let operator: OperatorClient;

/** The customers that a CRM was told of, each once. */
function told(crm: FakeCrm): string[] {
  const customers = crm.requests.flatMap(({ events }) =>
    events.map(({ data }) => data.customer_id),
  );
  return [...new Set(customers)].toSorted();
}

beforeAll(async () => {
  relay = await Relay.start({ DESTINATIONS: [toFirst] });
  operator = new OperatorClient(relay);
  await inParallel(CUSTOMERS, 4, async (customer) => {
    await relay.accept(update(customer, 1));
  });
  for (const customer of CUSTOMERS) await relay.isSynced(customer, "first");
  await relay.kill();
  await relay.resume({ DESTINATIONS: [toFirst, toAdded] });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all([first.close(), added.close()]);
});

it("ends the backfill that was under way, with true figures", async () => {
  const { started_at } = await operator.backfill("added");
  await eventually(() => expect(added.requests.length).toBeGreaterThan(8));
  await relay.kill();
  expect(added.requests.length).toBeLessThan(CUSTOMERS.length);
  await relay.resume();
  expect(await operator.backfill("added")).toMatchObject({ state: "running", started_at });

  expect(await operator.finishes("added", "backfill", PATIENCE_MS)).toMatchObject({
    started_at,
    done: CUSTOMERS.length,
    total: CUSTOMERS.length,
  });
  expect(told(added)).toEqual(CUSTOMERS);
  expect(await operator.look("added")).toMatchObject({ customers_behind: 0, customers_dead: 0 });
  expect(first.sequencesOf("customer-0")).toEqual([1]);
}, 180_000);
