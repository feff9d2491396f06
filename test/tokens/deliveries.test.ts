// Through the real relay: deliveries to CRMs whose access tokens expire, and what becomes of them without one.
import { describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { moveClock, relay } from "../support/relay-in-workerd.ts";
import { customerIdOf, sampleProfile } from "../support/samples.ts";
import { withVendors } from "../support/vendors-in-workerd.ts";

const vendors = withVendors();
const operator = new OperatorClient(relay);

const MINUTE_MS = 60_000;
const CUSTOMERS = Array.from({ length: 30 }, (_, index) => `customer-${index}`);
const CRMS = ["salesforce", "zoho"];

/** Customers whom both vendors know, each with an update of a step. */
async function acceptAll(step: number, customers: readonly string[] = CUSTOMERS): Promise<void> {
  for (const customer of customers) {
    const profile = sampleProfile({ customer_id: customerIdOf(customer), email: null });
    if (step === 1) for (const vendor of [vendors.salesforce, vendors.zoho]) vendor.meet(profile);
    await relay.accept(update(customer, step));
  }
}

async function allAreSynced(): Promise<void> {
  for (const customer of CUSTOMERS) await relay.stands(customer, "synced");
}

const points = (customer: string) => [
  vendors.salesforce.contacts.get(customer)?.["Gameball_Total_Points__c"],
  vendors.zoho.contacts.get(customer)?.["Gameball_Total_Points"],
];

const asked = () => [vendors.salesforce.tokens.asked, vendors.zoho.tokens.asked];

describe("CRMs whose tokens expire", () => {
  it("hold all customers after one token for all consumers", async () => {
    await acceptAll(1);
    await allAreSynced();
    expect(CUSTOMERS.map(points)).toEqual(CUSTOMERS.map(() => [1, 1]));
    expect(asked()).toEqual([1, 1]);
  });

  it("lose no attempt when a token has ended before its time", async () => {
    await acceptAll(1);
    await allAreSynced();
    vendors.salesforce.tokens.expire();
    vendors.zoho.tokens.expire();
    moveClock(MINUTE_MS);
    await acceptAll(2);
    await relay.catchUp(CUSTOMERS);
    expect(CUSTOMERS.map(points)).toEqual(CUSTOMERS.map(() => [2, 2]));
    expect(asked()).toEqual([2, 2]);
    for (const id of CRMS) expect((await operator.look(id)).last_errors).toEqual([]);
  });

  it("are held when they turn away every token, and lose nothing by it", async () => {
    const body = [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }];
    let calls = 0;
    vendors.answers("acme.my.salesforce.com", () => {
      calls += 1;
      return Response.json(body, { status: 401 });
    });
    const token = "acme.my.salesforce.com/services/oauth2/token";
    vendors.answers(token, (request) => Response.json(vendors.salesforce.answer(request).body));
    await acceptAll(1, ["ann"]);
    await relay.stands("ann", "held", ["salesforce"]);
    await relay.stands("ann", "synced", ["zoho", "PROFILES"]);
    const reason = `the credentials were refused: HTTP 401: ${JSON.stringify(body)}`;
    expect(await operator.look("salesforce")).toMatchObject({ state: "held", reason });
    expect([calls, ...asked()]).toEqual([2, 2, 1]);

    vendors.answers("acme.my.salesforce.com", null);
    await operator.resume("salesforce");
    await relay.stands("ann", "synced");
    expect(points("ann")).toEqual([1, 1]);
  });

  it("are held, and not called, when their refresh token is refused", async () => {
    vendors.zoho.refusesTokens = "invalid_code";
    await acceptAll(1, ["ann"]);
    await relay.stands("ann", "held", ["zoho"]);
    await relay.stands("ann", "synced", ["salesforce"]);
    const reason = 'the access token was refused: HTTP 200: {"error":"invalid_code"}';
    expect(await operator.look("zoho")).toMatchObject({ state: "held", reason });
    expect(vendors.zoho.deliveries).toEqual([]);

    vendors.zoho.refusesTokens = null;
    await operator.resume("zoho");
    await relay.stands("ann", "synced");
  });

  it("are tried again when nobody can be asked for a token", async () => {
    vendors.answers("accounts.zoho.com", () => Promise.reject(new Error("no route to host")));
    await acceptAll(1, ["ann"]);
    await eventually(async () => {
      expect(await relay.standing("ann", "zoho")).toMatchObject({
        state: "pending",
        attempts: 1,
        last_error: "no access token: the connection failed: no route to host",
      });
    });
    expect((await operator.look("zoho")).state).toBe("open");
    vendors.answers("accounts.zoho.com", null);
    moveClock(MINUTE_MS);
    await relay.catchUp(["ann"]);
    expect(points("ann")).toEqual([1, 1]);
  });

  it("are left alone for two minutes when too many tokens were asked for", async () => {
    const body = {
      error: "Access Denied",
      error_description: "You have made too many requests continuously.",
    };
    vendors.answers("accounts.zoho.com", () => Response.json(body, { status: 400 }));
    const startedAt = Date.now();
    await acceptAll(1, ["ann"]);
    await eventually(async () => {
      const { state, reason, next_attempt_at: next } = await operator.look("zoho");
      expect([state, reason]).toEqual(["open", "the destination asked to wait"]);
      const waitMs = Date.parse(next ?? "") - startedAt;
      expect(waitMs).toBeGreaterThanOrEqual(2 * MINUTE_MS);
      expect(waitMs).toBeLessThan(3 * MINUTE_MS);
    });
  });

  it("are tried out with a token too", async () => {
    expect(await operator.test("salesforce")).toMatchObject({
      outcome: "rejected",
      status: 200,
      error: expect.stringContaining("Salesforce knows no such contact"),
    });
    vendors.zoho.meet(sampleProfile({ customer_id: customerIdOf("gameball-relay-test") }));
    expect(await operator.test("zoho")).toMatchObject({ outcome: "delivered", status: 200 });
    vendors.zoho.refusesTokens = "invalid_client";
    vendors.zoho.tokens.expire();
    expect(await operator.test("zoho")).toMatchObject({
      outcome: "held",
      status: null,
      error: 'the access token was refused: HTTP 200: {"error":"invalid_client"}',
    });
    expect((await operator.look("zoho")).state).toBe("open");
  });
});
