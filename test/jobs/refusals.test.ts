// Through the real relay: what a CRM accepts into a job and refuses there becomes dead letters, whatever else
// happens meanwhile.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import {
  emailOf,
  KLAVIYO,
  klaviyosGate,
  updateOf,
  withKlaviyo,
} from "../support/klaviyo-in-workerd.ts";
import { inLedger, moveClock, relay } from "../support/relay-in-workerd.ts";

const klaviyo = withKlaviyo();

const SECOND_MS = 1_000;
const CUSTOMERS = Array.from({ length: 12 }, (_, index) => `customer-${index}`);
/** Those whom the job refuses. */
const REFUSED = ["customer-3", "customer-8"];
const OTHERS = CUSTOMERS.filter((customer) => !REFUSED.includes(customer));

let job: string;

/** What Klaviyo says of somebody whom it refused. */
const words = () => `invalid: Invalid input: ${klaviyo.vendor.words}`;

/** The points that Klaviyo holds of a customer. */
const pointsAt = (customer: string) =>
  klaviyo.vendor.contacts.get(emailOf(customer))?.["gameball_total_points"];

/** The customers that are dead at Klaviyo. */
async function dead(): Promise<string[]> {
  const letters = await klaviyo.operator.allDeadLetters(KLAVIYO, 100);
  return letters.map(({ customer_id: customer }) => customer).toSorted();
}

/** How often the ledger's jobs name a customer. */
async function inJobs(customer: string): Promise<number> {
  return runInDurableObject(env.LEDGER.getByName("0"), (_, { storage }) => {
    const sql = "SELECT count(*) AS n FROM jobs WHERE customer_id = ?";
    return storage.sql.exec<{ n: number }>(sql, customer).one().n;
  });
}

beforeEach(async () => {
  for (const customer of REFUSED) klaviyo.vendor.refuse(emailOf(customer));
  job = await klaviyo.intoJob(CUSTOMERS, 1);
});

describe("a job that refuses some", () => {
  it("is asked for once it is due, and makes dead letters of exactly those", async () => {
    klaviyo.job(job).asksLeft = 1;
    await klaviyo.isAsked(job, 0);
    await scheduler.wait(100);
    expect(klaviyo.asked(job)).toBe(0);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    expect(await dead()).toEqual([]);
    moveClock(20 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    for (const customer of REFUSED) {
      await relay.stands(customer, "dead", [KLAVIYO]);
      const { last_error, acknowledged_sequence } = await relay.standing(customer, KLAVIYO);
      expect([last_error, acknowledged_sequence]).toEqual([words(), 1]);
    }
    for (const customer of OTHERS) await relay.stand(customer, "synced");
    expect(await dead()).toEqual(REFUSED);
    expect(await klaviyo.operator.look(KLAVIYO)).toMatchObject({ customers_dead: 2 });
  });

  it("is asked for no more once its refusals are known for sure", async () => {
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-3", "dead", [KLAVIYO]);
    moveClock(61 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    moveClock(24 * 60 * 60 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    await scheduler.wait(100);
    expect(klaviyo.asked(job)).toBe(2);
    expect(await dead()).toEqual(REFUSED);
  });

  it("leaves those whom it refused alive for their next update", async () => {
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-3", "dead", [KLAVIYO]);
    klaviyo.vendor.refused.clear();
    await relay.accept(updateOf("customer-3", 2));
    await relay.catchUp(["customer-3"]);
    expect(pointsAt("customer-3")).toBe(2);
    expect(await dead()).toEqual(["customer-8"]);
    await klaviyo.operator.replay(KLAVIYO);
    await relay.catchUp(REFUSED);
    expect(pointsAt("customer-8")).toBe(1);
    // The job is asked for once more, and says the same of what is long since mended.
    moveClock(61 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    for (const customer of REFUSED) await relay.stand(customer, "synced");
  });

  it("says nothing of a newer update that was delivered meanwhile", async () => {
    klaviyo.vendor.refused.clear();
    await relay.accept(updateOf("customer-3", 2));
    await relay.catchUp(["customer-3"]);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-8", "dead", [KLAVIYO]);
    await relay.stand("customer-3", "synced");
    expect([pointsAt("customer-3"), await dead()]).toEqual([2, ["customer-8"]]);
  });

  it("lets a newer update try that waits for the gate", async () => {
    await klaviyo.operator.pause(KLAVIYO);
    await relay.accept(updateOf("customer-3", 2));
    await klaviyo.isHeld(["customer-3"]);
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-8", "dead", [KLAVIYO]);
    await relay.stand("customer-3", "held", [KLAVIYO]);
    klaviyo.vendor.refused.clear();
    await klaviyo.operator.resume(KLAVIYO);
    await relay.catchUp(["customer-3"]);
    expect([pointsAt("customer-3"), await dead()]).toEqual([2, ["customer-8"]]);
  });

  it("leaves nothing of somebody who was erased", async () => {
    expect(await inJobs("customer-3")).toBe(1);
    expect(await relay.erase("customer-3")).toBe(204);
    expect(await inJobs("customer-3")).toBe(0);
    await eventually(async () => {
      await relay.ringAll();
      expect(await inLedger("customer-3")).toBeNull();
    });
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-8", "dead", [KLAVIYO]);
    expect(await dead()).toEqual(["customer-8"]);
    expect(await relay.deliveries("customer-3")).toBeNull();
  });

  it("is not forgotten with the gate's memory", async () => {
    await evictDurableObject(klaviyosGate());
    moveClock(10 * SECOND_MS);
    await klaviyo.isAsked(job, 1);
    await relay.stands("customer-3", "dead", [KLAVIYO]);
    await evictDurableObject(klaviyosGate());
    moveClock(61 * SECOND_MS);
    await klaviyo.isAsked(job, 2);
    expect(await dead()).toEqual(REFUSED);
  });
});
