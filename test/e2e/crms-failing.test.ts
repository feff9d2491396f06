// CRMs' own APIs that fail, over HTTP: whatever was answered, the customer is in step in the end, and nobody
// is told that it was written before it was.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Profile } from "../../src/profile/profile.ts";
import type { FakeVendor, VendorAnswer } from "../support/crms/vendor.ts";
import { destinationTo, VENDORS } from "../support/crms/vendors.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { Relay } from "../support/relay.ts";
import { update } from "../support/relay-client.ts";
import { customerIdOf, sampleProfile } from "../support/samples.ts";

const PATIENCE_MS = 60_000;

const vendors = new Map(Object.entries(VENDORS).map(([name, create]) => [name, create()]));
const all = [...vendors];
let relay: Relay;
let operator: OperatorClient;

const emailOf = (customerId: string): string => `${customerId}@example.com`;

function profileOf(customerId: string): Profile {
  const points = { activated: 90, pending: 10, total: 1 };
  return sampleProfile({
    customer_id: customerIdOf(customerId),
    email: emailOf(customerId),
    points,
  });
}

/** Answers everybody's next call so, and sends a customer's update. */
async function meet(customerId: string, answer: VendorAnswer): Promise<void> {
  for (const vendor of vendors.values()) {
    vendor.meet(profileOf(customerId));
    vendor.answerNext(answer);
  }
  await relay.accept(update(customerId, 1, { email: emailOf(customerId) }));
}

/** Waits until a vendor holds the customer, and the relay knows. */
async function expectInStep(name: string, vendor: FakeVendor, customerId: string): Promise<void> {
  const { key, contact } = vendor.holding(profileOf(customerId));
  await relay.becomes(customerId, name, { state: "synced", acknowledged_sequence: 1 });
  expect(vendor.contacts.get(key)).toEqual(contact);
}

beforeAll(async () => {
  await Promise.all(all.map(async ([, vendor]) => vendor.open()));
  const destinations = all.map(([id, vendor]) => ({ id, ...vendor.settings() }));
  relay = await Relay.start({ DESTINATIONS: destinations });
  operator = new OperatorClient(relay);
  // From here on everybody who needs a token has one.
  for (const vendor of vendors.values()) vendor.meet(profileOf("first"));
  await relay.accept(update("first", 1, { email: emailOf("first") }));
  for (const [name, vendor] of all) await expectInStep(name, vendor, "first");
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all(all.map(async ([, vendor]) => vendor.close()));
});

describe.each<[string, VendorAnswer, string]>([
  [
    "a 200 that is no answer",
    { status: 200, body: "<html>welcome</html>" },
    "200: HTTP 200: <html>",
  ],
  ["a 207 about somebody else", { status: 207, body: { somebody: "else" } }, "207: HTTP 207: "],
  ["a 500", { status: 500, body: "we are sorry" }, "500: HTTP 500: we are sorry"],
  ["a 429", { status: 429, body: "slow down", headers: { "retry-after": "1" } }, "429: HTTP 429: "],
])("%s", (fault, answer, words) => {
  const customerId = fault.replaceAll(" ", "-");

  it("is tried again until the customer is in step", { timeout: PATIENCE_MS }, async () => {
    await meet(customerId, answer);
    for (const [name, vendor] of all) {
      await expectInStep(name, vendor, customerId);
      const [failure = ""] = await relay.failures(customerId, name);
      expect(`${name} ${failure}`).toContain(`${name} ${words}`);
    }
  });
});

it(
  "a rate that is exceeded makes everybody wait, and nobody is lost",
  { timeout: 90_000 },
  async () => {
    const customers = ["first-in-line", "second-in-line", "third-in-line"];
    // Those that name a time, or whose limits pass within seconds.
    const limited = new Set(["customerio", "braze", "segment", "klaviyo", "iterable"]);
    for (const [name, vendor] of all) {
      for (const customer of customers) vendor.meet(profileOf(customer));
      if (limited.has(name)) vendor.limitRate(1, 2_000);
    }
    for (const customer of customers) {
      await relay.accept(update(customer, 1, { email: emailOf(customer) }));
      await sleep(300);
    }
    for (const [name, vendor] of all) {
      for (const customer of customers) await expectInStep(name, vendor, customer);
      vendor.limitRate(Infinity, 1);
      expect((await operator.look(name)).customers_dead).toBe(0);
    }
  },
);

describe("a 401", () => {
  it("holds everything until it is mended, or makes for another token", async () => {
    await meet("unauthorized", { status: 401, body: "no" });
    for (const [name, vendor] of all) {
      if (destinationTo(vendor).oauth === null) {
        await eventually(async () => {
          const { state } = await operator.look(name);
          if (state !== "held") throw new Error(`${name} is ${state}`);
        }, PATIENCE_MS);
        await operator.resume(name);
      }
      await expectInStep(name, vendor, "unauthorized");
    }
  });

  it("by a token that has expired costs one token and no attempt", async () => {
    const expiring = all.filter(([, vendor]) => destinationTo(vendor).oauth !== null);
    expect(expiring.map(([name]) => name)).toEqual(["salesforce", "zoho"]);
    const before = new Map(expiring.map(([name, vendor]) => [name, tokensOf(vendor)]));
    for (const [, vendor] of expiring) {
      vendor.meet(profileOf("expired"));
      vendor.expireToken();
    }
    await relay.accept(update("expired", 1, { email: emailOf("expired") }));
    for (const [name, vendor] of expiring) {
      await expectInStep(name, vendor, "expired");
      expect(tokensOf(vendor)).toBe((before.get(name) ?? 0) + 1);
      expect(await relay.failures("expired", name)).toEqual([]);
    }
  });
});

/** How often a vendor was asked for a token. */
function tokensOf({ calls }: FakeVendor): number {
  return calls.filter(({ request }) => request.path.endsWith("/token")).length;
}

it("shows no secret and no token, in its log or its answers", async () => {
  const answers = await Promise.all(
    all.map(async ([name]) => (await operator.get(`/v1/destinations/${name}`)).text),
  );
  const said = [relay.output, ...answers].join("\n");
  for (const [, vendor] of all) {
    for (const secret of destinationTo(vendor).secrets) expect(said).not.toContain(secret);
  }
  expect(said).not.toMatch(/(salesforce|zoho)-token-/);
});
