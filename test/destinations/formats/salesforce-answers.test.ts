// Salesforce: what each of its answers means.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/destinations/adapter.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import { callVendor, NOW } from "../../support/crms/calls.ts";
import { FakeSalesforce } from "../../support/crms/salesforce.ts";
import { adapterTo } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery } from "../../support/samples.ts";

const customer = (index: number, changes: Partial<Profile> = {}) =>
  sampleDelivery({ customer_id: customerIdOf(`c${index}`), event_id: `evt_${index}`, ...changes });

/** What an answer means for so many customers in one call. */
function read(
  count: number,
  status: number,
  body: unknown,
  options: {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Outcome[] {
  const adapter = adapterTo(new FakeSalesforce(), options.settings);
  const deliveries = Array.from({ length: count }, (_, index) => customer(index));
  const answer = answerOf(status, body, options.headers);
  return adapter.outcomes(answer, itemsOf(adapter, deliveries), { now: NOW });
}

const written = { id: "0035g00000AbCdE", success: true, errors: [], created: false };
const refusedWith = (statusCode: string, message: string, fields: readonly string[] = []) => ({
  success: false,
  errors: [{ statusCode, message, fields }],
});
const failure = (errorCode: string, message: string) => [{ message, errorCode }];
const delivered = { kind: "delivered", status: 200 };

describe("an answer of Salesforce's", () => {
  it("says in the order of the records what became of each", () => {
    const rows = [
      written,
      refusedWith("STRING_TOO_LONG", "Tier: data value too large: x", ["Tier__c"]),
      { ...written, created: true },
      refusedWith("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"),
    ];
    expect(read(4, 200, rows)).toEqual([
      delivered,
      {
        kind: "rejected",
        status: 200,
        error: "HTTP 200: STRING_TOO_LONG: Tier: data value too large: x [Tier__c]",
      },
      delivered,
      {
        kind: "retry",
        status: 200,
        error: "HTTP 200: UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record",
        afterMs: null,
      },
    ]);
  });

  it("names all that is wrong with a record", () => {
    const { errors } = refusedWith("INVALID_EMAIL_ADDRESS", "invalid email", ["Email"]);
    const row = { success: false, errors: [...errors, { statusCode: "A", message: "b" }] };
    expect(read(2, 200, [written, row])[1]).toMatchObject({
      error: "HTTP 200: INVALID_EMAIL_ADDRESS: invalid email [Email]; A: b",
    });
  });

  const unknown = refusedWith("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", [
    "LastName",
  ]);

  it("says that Salesforce knows no such contact by what it lacks to create one", () => {
    expect(read(2, 200, [written, unknown])).toEqual([
      delivered,
      {
        kind: "rejected",
        status: 200,
        error:
          "HTTP 200: Salesforce knows no such contact: REQUIRED_FIELD_MISSING: " +
          "Required fields are missing: [LastName] [LastName]",
      },
    ]);
  });

  it("says no such thing of other fields, or where contacts are to be created", () => {
    const other = refusedWith("REQUIRED_FIELD_MISSING", "missing: [Region__c]", ["Region__c"]);
    const fields = { LastName: "attributes.name", Gameball_Customer_Id__c: "customer_id" };
    const settings = { update_only: false, fields };
    const outcomes = [...read(1, 200, [other]), ...read(1, 200, [unknown], { settings })];
    expect(outcomes.map(({ kind }) => kind)).toEqual(["rejected", "rejected"]);
    expect(JSON.stringify(outcomes)).not.toContain("knows no such contact");
  });

  it.each([
    ["DUPLICATE_VALUE", "Duplicate external id specified: c1"],
    ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back"],
    ["LIMIT_EXCEEDED", "Too many batch retries in the presence of Apex triggers"],
    [
      "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
      "ContactTrigger: System.LimitException: Too many SOQL queries: 101",
    ],
  ])("sends again apart what failed for the others in its call: %s", (statusCode, message) => {
    const error = `HTTP 200: ${statusCode}: ${message}`;
    const split = { kind: "split", status: 200, error };
    const row = refusedWith(statusCode, message);
    expect(read(3, 200, [row, written, row])).toEqual([split, delivered, split]);
  });

  it("refuses a value that is another contact's", () => {
    const row = refusedWith("DUPLICATE_VALUE", "duplicate value found: Code__c", ["Code__c"]);
    expect(read(2, 200, [row, written])).toMatchObject([{ kind: "rejected" }, delivered]);
  });

  it.each(["SERVER_UNAVAILABLE", "QUERY_TIMEOUT", "REQUEST_RUNNING_TOO_LONG", "UNKNOWN_EXCEPTION"])(
    "tries a row again after %s",
    (statusCode) => {
      expect(read(2, 200, [written, refusedWith(statusCode, "")])[1]?.kind).toBe("retry");
    },
  );

  it("tries a row again whose trigger could not lock another", () => {
    const message = "UpdateAccount: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access";
    const row = refusedWith("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message);
    expect(read(2, 200, [row, written])[0]?.kind).toBe("retry");
  });

  it.each([
    ["a row that does not say", {}],
    ["a row without an id", { success: true, errors: [] }],
    ["a success with errors", { ...written, errors: [{ statusCode: "A" }] }],
    ["a failure without any", { success: false, errors: [] }],
    ["no row", null],
  ])("leaves it open for %s alone", (_, row) => {
    const [first, second] = read(2, 200, [row, written]);
    expect(first).toMatchObject({ kind: "retry", status: 200, afterMs: null });
    expect(first).toHaveProperty("error", expect.stringContaining("does not say what became"));
    expect(second).toEqual(delivered);
  });

  it.each([
    ["a row too few", 200, [written]],
    ["a row too many", 200, [written, written, written]],
    ["an object", 200, { results: [written, written] }],
    ["a page", 200, "<html>Maintenance</html>"],
    ["nothing", 200, ""],
    ["another success", 201, [written, written]],
    ["no content", 204, ""],
  ])("is not believed with %s", (_, status, body) => {
    expect(read(2, status, body).map(({ kind }) => kind)).toEqual(["retry", "retry"]);
  });
});

describe("an answer of Salesforce's to all", () => {
  const missing = failure("INVALID_FIELD", "No such column 'Tier__c' on sobject of type Contact");
  const noKey = failure(
    "NOT_FOUND",
    "Provided external ID field does not exist or is not accessible: Gameball_Customer_Id__c",
  );

  it.each([
    [400, missing],
    [404, noKey],
  ])("holds the destination by a %d where fields are missing", (status, body) => {
    const reason =
      "fields are missing, npm run crm:setup -- crm names them: " +
      `HTTP ${status}: ${JSON.stringify(body)}`;
    const held = { kind: "held", status, reason };
    expect(read(2, status, body)).toEqual([held, held]);
  });

  it("holds it also where every row says so, but not where some do", () => {
    const row = refusedWith("INVALID_FIELD_FOR_INSERT_UPDATE", "check the security settings");
    expect(read(2, 200, [row, row])).toMatchObject([
      {
        kind: "held",
        reason:
          "fields are missing, npm run crm:setup -- crm names them: " +
          "HTTP 200: INVALID_FIELD_FOR_INSERT_UPDATE: check the security settings",
      },
      { kind: "held" },
    ]);
    expect(read(2, 200, [row, written])).toMatchObject([{ kind: "rejected" }, delivered]);
  });

  it.each([
    ["TotalRequests Limit exceeded.", 15 * 60_000],
    ["ConcurrentRequests (Concurrent API Requests) Limit exceeded.", 30_000],
  ])("waits for calls that are used up: %s", (message, afterMs) => {
    const body = failure("REQUEST_LIMIT_EXCEEDED", message);
    const error = `HTTP 403: ${JSON.stringify(body)}`;
    expect(read(1, 403, body)).toEqual([{ kind: "retry", status: 403, error, afterMs }]);
    const headers = { "retry-after": "60" };
    expect(read(1, 403, body, { headers })).toMatchObject([{ afterMs: 60_000 }]);
  });

  it.each([
    [401, failure("INVALID_SESSION_ID", "Session expired or invalid"), "held"],
    [403, failure("API_DISABLED_FOR_ORG", "API is not enabled"), "held"],
    [404, failure("NOT_FOUND", "The requested resource does not exist"), "held"],
    [400, failure("JSON_PARSER_ERROR", "Cannot deserialize instance of double"), "split"],
    [500, failure("UNKNOWN_EXCEPTION", "An unexpected error occurred"), "retry"],
    [503, failure("SERVER_UNAVAILABLE", "down for maintenance"), "retry"],
  ])("is read by its status, %d, otherwise", (status, body, kind) => {
    expect(read(2, status, body).map((outcome) => outcome.kind)).toEqual([kind, kind]);
  });
});

describe("Salesforce itself", () => {
  it("is told of two customers whose ids it cannot tell apart, one after the other", () => {
    const vendor = new FakeSalesforce();
    const deliveries = ["Abc", "abc", "other"].map((id, index) =>
      customer(index, { customer_id: customerIdOf(id) }),
    );
    for (const { profile } of deliveries.slice(1)) vendor.meet(profile);
    const { outcomes } = callVendor(vendor, adapterTo(vendor), deliveries);
    expect(outcomes.map(({ kind }) => kind)).toEqual(["split", "split", "delivered"]);
    for (const delivery of deliveries.slice(0, 2)) {
      expect(callVendor(vendor, adapterTo(vendor), [delivery]).outcomes).toEqual([delivered]);
    }
  });

  it("creates nobody unless it is told how, and finds contacts by their address", () => {
    const vendor = new FakeSalesforce();
    const call = (settings: Readonly<Record<string, unknown>>) =>
      callVendor(vendor, adapterTo(vendor, settings), [customer(1)]).outcomes;
    expect(call({})).toMatchObject([{ kind: "rejected" }]);
    expect(vendor.contacts.size).toBe(0);
    vendor.meet(sampleDelivery().profile);
    expect(call({ key: "email" })).toEqual([delivered]);
    expect([...vendor.contacts.values()]).toMatchObject([
      { Email: "customer@example.com", Gameball_Customer_Id__c: "c1" },
    ]);
    const fields = { LastName: "tier.name", Gameball_Customer_Id__c: "customer_id" };
    expect(call({ update_only: false, fields })).toEqual([delivered]);
  });

  it("names the field that it lacks, and the key by which it finds nobody", () => {
    const vendor = new FakeSalesforce([]);
    const { outcomes } = callVendor(vendor, adapterTo(vendor), [customer(1)]);
    expect(outcomes).toMatchObject([{ kind: "held", status: 404 }]);
    const byAddress = callVendor(vendor, adapterTo(vendor, { key: "email" }), [customer(1)]);
    expect(byAddress.outcomes).toMatchObject([{ kind: "held", status: 400 }]);
  });
});
