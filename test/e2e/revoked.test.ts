// Credentials that are revoked in the middle of the day's traffic: nothing is lost, hardly anybody calls,
// and once they are right again everybody is current with one delivery each.
import { afterAll, beforeAll, expect, it } from "vitest";
import { startRelay } from "../bench/contenders/workers.ts";
import type { BenchProcess } from "../bench/process.ts";
import { isAccepted, Sender, type SignedWebhook } from "../bench/sender.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { signBody } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { answer } from "../support/replies.ts";

const UPDATES = 10_000;
const CUSTOMERS = 3_000;
/** As fast as the relay takes them, more or less. */
const RATE = 500;
const HOLD_MS = 30_000;
/** Consumers that may have been calling when the first refusal came. */
const MAX_AT_ONCE = 20;
const CATCH_UP_MS = 120_000;

const healthy = await FakeCrm.open();
const revoked = await FakeCrm.open();
let relay: BenchProcess;

beforeAll(async () => {
  const rate = { limit: 1_000, per_seconds: 1 };
  const destinations = [
    { id: "healthy", url: healthy.url, batch: 100 },
    { id: "revoked", url: revoked.url, rate },
  ];
  relay = await startRelay(destinations);
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all([healthy.close(), revoked.close()]);
});

it("costs no dead letter and one probe a wait, and ends with one delivery each", async () => {
  revoked.replyToAll(answer(401, "the token was revoked"));
  const startedAt = Date.now();
  await sendAll();
  await eventually(() => expect(newestAt(healthy).size).toBe(CUSTOMERS), CATCH_UP_MS);
  const waits = Math.ceil((Date.now() - startedAt) / HOLD_MS);
  console.info(`${UPDATES} updates while refused: ${revoked.requests.length} calls`);
  expect(revoked.requests.length).toBeLessThanOrEqual(MAX_AT_ONCE + waits);
  expect(await view()).toMatchObject({
    state: "held",
    customers_behind: CUSTOMERS,
    customers_dead: 0,
    dead_letters: 0,
  });

  revoked.requests.length = 0;
  revoked.replyToAll(answer(200));
  await operate("POST", "/v1/destinations/revoked/resume");
  await eventually(() => expect(newestAt(revoked).size).toBe(CUSTOMERS), CATCH_UP_MS);
  await eventually(async () => {
    expect(await view()).toMatchObject({ state: "open", customers_behind: 0, customers_dead: 0 });
  });
  expect(newestAt(revoked)).toEqual(newestAt(healthy));
  expect(revoked.requests).toHaveLength(CUSTOMERS);
  expect(relay.failures).toEqual([]);
}, 300_000);

/** Update number `step` of each customer comes after all those before it. */
async function sendAll(): Promise<void> {
  const webhooks: SignedWebhook[] = [];
  for (let index = 0; index < UPDATES; index += 1) {
    const customerId = `customer-${index % CUSTOMERS}`;
    const body = Buffer.from(JSON.stringify(update(customerId, Math.floor(index / CUSTOMERS))));
    webhooks.push({ customerId, body, signature: await signBody(body) });
  }
  const sender = new Sender(relay.url);
  const answers = await sender.send(webhooks, RATE);
  sender.close();
  // On a machine that lags one update may overtake another of its customer, which is stale then: a 200.
  expect(answers.filter((one) => !isAccepted(one) && one.status !== 200)).toEqual([]);
}

/** The points that a CRM was told last of each customer, once all it was told of is the newest. */
function newestAt(crm: FakeCrm): ReadonlyMap<string, number | null> {
  const points = new Map<string, number | null>();
  for (const { data } of crm.requests.flatMap(({ events }) => events)) {
    const [, number] = data.customer_id.split("-");
    const newest = Math.floor((UPDATES - 1 - Number(number)) / CUSTOMERS);
    if (data.points.total === newest) points.set(data.customer_id, data.points.total);
  }
  return points;
}

async function view(): Promise<unknown> {
  return operate("GET", "/v1/destinations/revoked");
}

async function operate(method: string, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${API_TOKEN}` };
  const response = await fetch(new URL(path, relay.url), { method, headers });
  expect(response.ok).toBe(true);
  return response.json();
}
