// What an update costs, counted: Durable Object calls, rows written, queue operations, KV writes, CRM calls,
// log lines and data points for 1,000 updates of 500 customers with three CRMs that take batches of 100, and
// for updates that come one by one.
import { exports } from "cloudflare:workers";
import { afterAll, expect, it, vi } from "vitest";
import { API_TOKEN } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { startCounting } from "./counting.ts";
import { type Counts, price, PRICES_OF_TELLING, PRICES_OF_WORK } from "./prices.ts";

const UPDATES = 1_000;
const CUSTOMERS = 500;
const AT_A_TIME = 50;
/** Updates that come one by one, each of another customer. */
const SINGLE_UPDATES = 100;
afterAll(() => vi.restoreAllMocks());

it("stays within the budget of an update under load", async () => {
  const count = await startCounting();
  await inParallel(UPDATES, AT_A_TIME, async (index) => {
    const response = await send(index);
    expect(response.status).toBe(202);
  });
  await vi.waitFor(
    async () => {
      for (let customer = 0; customer < CUSTOMERS; customer += 1) await expectInStep(customer);
    },
    { timeout: 60_000, interval: 1_000 },
  );
  const costs = count();
  const perUpdate = Object.fromEntries(
    Object.entries(costs).map(([name, total]) => [name, total / UPDATES]),
  );
  console.info(table(costs, UPDATES, CUSTOMERS));
  expect(perUpdate["Durable Object requests"]).toBeLessThanOrEqual(1.3);
  expect(perUpdate["rows written"]).toBeLessThanOrEqual(6);
  expect(perUpdate["queue operations"]).toBeLessThanOrEqual(0.2);
  expect(perUpdate["KV writes"]).toBeLessThanOrEqual(1);
  expect(perUpdate["CRM calls"]).toBeLessThanOrEqual(0.1);
  expectTellingIsCheap(costs, UPDATES);
}, 120_000);

it("costs less to be told than to be done where updates come one by one", async () => {
  const count = await startCounting();
  for (let index = 0; index < SINGLE_UPDATES; index += 1) {
    expect((await send(UPDATES + index)).status).toBe(202);
    const isInStep = async () => expectInStep((UPDATES + index) % CUSTOMERS);
    await vi.waitFor(isInStep, { timeout: 10_000, interval: 20 });
  }
  const costs = count();
  console.info(table(costs, SINGLE_UPDATES, SINGLE_UPDATES));
  expect(costs["data points"]).toBe(5 * SINGLE_UPDATES);
  expectTellingIsCheap(costs, SINGLE_UPDATES);
}, 120_000);

/** A million updates cost less in log lines than in work, and less in both with the data points. */
function expectTellingIsCheap(costs: Counts, updates: number): void {
  const work = price(costs, PRICES_OF_WORK, updates);
  const lines = price(costs, { "log lines": PRICES_OF_TELLING["log lines"] }, updates);
  const told = price(costs, PRICES_OF_TELLING, updates);
  expect(costs["log lines"]).toBeGreaterThan(0);
  expect(lines).toBeLessThan(work / 10);
  expect(told).toBeLessThan(work / 5);
}

async function send(index: number): Promise<Response> {
  const at = new Date(Date.parse("2026-01-01T00:00:00Z") + index * 1_000).toISOString();
  const customer_id = `customer-${index % CUSTOMERS}`;
  const body = JSON.stringify(sampleWebhook({ customer_id, created_at: at }));
  const headers = { "x-gb-signature": await signBody(body) };
  const init = { method: "POST", headers, body };
  return exports.default.fetch("https://relay.test/webhooks/gameball", init);
}

async function expectInStep(customer: number): Promise<void> {
  const url = `https://relay.test/v1/profiles/customer-${customer}/deliveries`;
  const headers = { authorization: `Bearer ${API_TOKEN}` };
  const response = await exports.default.fetch(url, { headers });
  const { destinations } = await response.json<{ destinations: { state: string }[] }>();
  expect(destinations.map(({ state }) => state)).toEqual(Array(4).fill("synced"));
}

async function inParallel(
  times: number,
  atATime: number,
  run: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < times) {
      next += 1;
      await run(next - 1);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

function table(costs: Counts, updates: number, customers: number): string {
  const rows = Object.entries(costs).map(
    ([name, total]) =>
      `${name.padEnd(26)}${String(total).padStart(8)}${(total / updates).toFixed(3).padStart(12)}`,
  );
  const head = `${`${updates} updates, ${customers} customers`.padEnd(26)}${"total".padStart(8)}${"an update".padStart(12)}`;
  const usd = (name: string, prices: Counts): string =>
    `${name.padEnd(34)}${price(costs, prices, updates).toFixed(2).padStart(12)}`;
  const sums = [
    usd("US$ a million, work", PRICES_OF_WORK),
    usd("US$ a million, told", PRICES_OF_TELLING),
  ];
  return ["", head, ...rows, ...sums, ""].join("\n");
}
