// A thousand customers through every CRM's own API, over HTTP, to vendors that refuse what the real ones
// would: few calls, every contact as it is to be, and a dead letter for each that the vendor refused.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Profile } from "../../src/profile/profile.ts";
import { startRelay } from "../bench/contenders/workers.ts";
import type { BenchProcess } from "../bench/process.ts";
import { isAccepted, Sender, type SignedWebhook } from "../bench/sender.ts";
import type { FakeVendor } from "../support/crms/vendor.ts";
import { adapterTo, VENDORS } from "../support/crms/vendors.ts";
import { eventually } from "../support/eventually.ts";
import { signBody } from "../support/gameball.ts";
import { OperatorClient } from "../support/operator.ts";
import { RelayClient, update } from "../support/relay-client.ts";
import { customerIdOf, sampleProfile } from "../support/samples.ts";

const CUSTOMERS = 1_000;
/** Of the customers who get a second update some are refused. */
const UPDATED = 200;
const REFUSED = 7;
const RATE = 300;
/** A customer is not sent twice within this. */
const MIN_INTERVAL_MS = 1_000;
const PATIENCE_MS = 90_000;

const vendors = new Map(Object.entries(VENDORS).map(([name, create]) => [name, create()]));
const names = [...vendors.keys()];
const calls = new Map<string, number>();
const refills = new Map<string, number>();
let relay: BenchProcess;
let operator: OperatorClient;

const idOf = (index: number): string => `customer-${index}`;
const emailOf = (index: number): string => `Customer.${index}@example.com`;

/** What a customer's update of a step says, as the relay's profile. */
function profileOf(index: number, step: number): Profile {
  const points = { activated: 90, pending: 10, total: step };
  return sampleProfile({ customer_id: customerIdOf(idOf(index)), email: emailOf(index), points });
}

async function send(count: number, step: number): Promise<void> {
  const webhooks = Array.from({ length: count }, async (_, index): Promise<SignedWebhook> => {
    const webhook = update(idOf(index), step, { email: emailOf(index) });
    const body = Buffer.from(JSON.stringify(webhook));
    return { customerId: idOf(index), body, signature: await signBody(body) };
  });
  const sender = new Sender(relay.url);
  const answers = await sender.send(await Promise.all(webhooks), RATE);
  sender.close();
  expect(answers.filter((one) => !isAccepted(one))).toEqual([]);
}

/** Waits until so many customers are behind at a destination. */
async function areBehind(name: string, count: number): Promise<void> {
  await eventually(async () => {
    const { customers_behind: behind } = await operator.look(name);
    if (behind !== count) throw new Error(`${behind} are behind at ${name}, not ${count}`);
  }, PATIENCE_MS);
}

function vendorOf(name: string): FakeVendor {
  const vendor = vendors.get(name);
  if (vendor === undefined) throw new Error(`no vendor ${name}`);
  return vendor;
}

/** How many a vendor refuses, if it can. */
function refusedBy({ reportsRows }: FakeVendor): number {
  return reportsRows === "never" ? 0 : REFUSED;
}

/** What a vendor is to hold of all customers. */
function expected(vendor: FakeVendor): Map<string, unknown> {
  const holdings = Array.from({ length: CUSTOMERS }, (_, index) => {
    const isNew = index >= refusedBy(vendor) && index < UPDATED;
    return vendor.holding(profileOf(index, isNew ? 2 : 1));
  });
  return new Map(holdings.map(({ key, contact }) => [key, contact]));
}

beforeAll(async () => {
  await Promise.all([...vendors.values()].map(async (vendor) => vendor.open()));
  for (const vendor of vendors.values()) {
    for (let index = 0; index < CUSTOMERS; index += 1) vendor.meet(profileOf(index, 1));
  }
  const destinations = [...vendors].map(([id, vendor]) => {
    return { id, ...vendor.settings() };
  });
  relay = await startRelay(destinations);
  const client = new RelayClient();
  client.url = relay.url.origin;
  operator = new OperatorClient(client);

  for (const name of names) await operator.pause(name);
  await send(CUSTOMERS, 1);
  for (const name of names) {
    await areBehind(name, CUSTOMERS);
    const vendor = vendorOf(name);
    await operator.resume(name);
    await areBehind(name, 0);
    calls.set(name, vendor.deliveries.length);
    for (let index = 0; index < refusedBy(vendor); index += 1) {
      vendor.refuse(vendor.holding(profileOf(index, 2)).key);
    }
  }
  await send(UPDATED, 2);
}, 600_000);

afterAll(async () => {
  const rows = names.map((name) => {
    const { maxItems } = adapterTo(vendorOf(name));
    return {
      format: name,
      "customers a call": maxItems,
      calls: calls.get(name),
      refill: refills.get(name),
    };
  });
  console.table(rows);
  await relay?.stop();
  await Promise.all([...vendors.values()].map(async (vendor) => vendor.close()));
});

describe.each(names)("%s", (name) => {
  it("is brought in step by hardly more calls than it takes", () => {
    const vendor = vendorOf(name);
    const fewest = Math.ceil(CUSTOMERS / adapterTo(vendor).maxItems);
    expect(calls.get(name)).toBeLessThanOrEqual(Math.ceil(fewest * 1.1));
  });

  it("holds every customer as the newest profile has it", async () => {
    const vendor = vendorOf(name);
    await eventually(() => expect(vendor.contacts).toEqual(expected(vendor)), PATIENCE_MS);
    // What a vendor holds is settled a moment later.
    await areBehind(name, 0);
    const { last_errors } = await operator.look(name);
    expect(last_errors.filter(({ error }) => !error.includes(vendor.words))).toEqual([]);
  });

  it("has a dead letter for each that the vendor refused, in its words", async () => {
    await eventually(async () => {
      const letters = await operator.allDeadLetters(name, 100);
      const found = letters.map(({ customer_id }) => customer_id).toSorted();
      expect(found).toEqual(
        Array.from({ length: refusedBy(vendorOf(name)) }, (_, index) => idOf(index)),
      );
      for (const { last_error } of letters) expect(last_error).toContain(vendorOf(name).words);
    }, PATIENCE_MS);
  });

  it(
    "is filled again by hardly more calls than it takes",
    { timeout: 2 * PATIENCE_MS },
    async () => {
      const vendor = vendorOf(name);
      // Whoever was updated a moment ago would follow in calls of his own.
      await sleep(MIN_INTERVAL_MS);
      const before = vendor.deliveries.length;
      await operator.backfill(name, { all: true });
      const { total } = await operator.finishes(name, "backfill", PATIENCE_MS);
      expect(total).toBe(CUSTOMERS);
      refills.set(name, vendor.deliveries.length - before);
      const fewest = Math.ceil(CUSTOMERS / adapterTo(vendor).maxItems);
      expect(refills.get(name)).toBeLessThanOrEqual(Math.ceil(fewest * 1.1));
      await eventually(() => expect(vendor.contacts).toEqual(expected(vendor)), PATIENCE_MS);
    },
  );
});
