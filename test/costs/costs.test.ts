// What an update costs, counted: Durable Object calls, rows written, queue operations, KV writes and
// CRM calls for 1,000 updates of 500 customers with three CRMs that take batches of 100.
import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterAll, expect, it, vi } from "vitest";
import { Gate, Ledger } from "../../src/index.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";

const UPDATES = 1_000;
const CUSTOMERS = 500;
const AT_A_TIME = 50;
/** A doorbell is written, read and deleted. */
const OPERATIONS_PER_MESSAGE = 3;

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
  console.info(table(costs));
  expect(perUpdate["Durable Object requests"]).toBeLessThanOrEqual(1.3);
  expect(perUpdate["rows written"]).toBeLessThanOrEqual(6);
  expect(perUpdate["queue operations"]).toBeLessThanOrEqual(0.2);
  expect(perUpdate["KV writes"]).toBeLessThanOrEqual(1);
  expect(perUpdate["CRM calls"]).toBeLessThanOrEqual(0.1);
}, 120_000);

/** Counts from now on; the function it gives reads the counts. */
async function startCounting(): Promise<() => Record<string, number>> {
  const requests = [
    ...(["record", "claim", "settle", "alarm", "agreeOnPartitions"] as const).map((method) =>
      vi.spyOn(Ledger.prototype, method),
    ),
    ...(["admit", "report"] as const).map((method) => vi.spyOn(Gate.prototype, method)),
  ];
  const { exec, setAlarm } = await runInDurableObject(
    env.LEDGER.getByName("0"),
    (_, { storage }) => ({
      exec: vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec"),
      setAlarm: vi.spyOn(Object.getPrototypeOf(storage) as DurableObjectStorage, "setAlarm"),
    }),
  );
  const sendBatch = vi.spyOn(Object.getPrototypeOf(env.DELIVERIES) as Queue, "sendBatch");
  const put = vi.spyOn(Object.getPrototypeOf(env.PROFILES) as KVNamespace, "put");
  const calls = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("ok"));
  return () => {
    const cursors = exec.mock.results.map(({ value }) => value as ReturnType<SqlStorage["exec"]>);
    const messages = sendBatch.mock.calls.reduce((sum, [batch]) => sum + [...batch].length, 0);
    return {
      "Durable Object requests": requests.reduce((sum, spy) => sum + spy.mock.calls.length, 0),
      "rows written": cursors.reduce(
        (sum, cursor) => sum + cursor.rowsWritten,
        setAlarm.mock.calls.length,
      ),
      "rows read": cursors.reduce((sum, cursor) => sum + cursor.rowsRead, 0),
      "queue operations": messages * OPERATIONS_PER_MESSAGE,
      "KV writes": put.mock.calls.length,
      "CRM calls": calls.mock.calls.length,
    };
  };
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

function table(costs: Readonly<Record<string, number>>): string {
  const rows = Object.entries(costs).map(
    ([name, total]) =>
      `${name.padEnd(26)}${String(total).padStart(8)}${(total / UPDATES).toFixed(3).padStart(12)}`,
  );
  const head = `${`${UPDATES} updates, ${CUSTOMERS} customers`.padEnd(26)}${"total".padStart(8)}${"an update".padStart(12)}`;
  return ["", head, ...rows, ""].join("\n");
}
