// Zoho CRM: what each of its answers means.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../src/destinations/adapter.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import { callVendor, NOW } from "../../support/crms/calls.ts";
import { FakeZoho } from "../../support/crms/zoho.ts";
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
  const adapter = adapterTo(new FakeZoho(), options.settings);
  const deliveries = Array.from({ length: count }, (_, index) => customer(index));
  const answer = answerOf(status, body, options.headers);
  return adapter.outcomes(answer, itemsOf(adapter, deliveries), { now: NOW });
}

const written = {
  code: "SUCCESS",
  duplicate_field: "Gameball_Customer_Id",
  action: "update",
  details: { id: "4876876000000333139" },
  message: "record updated",
  status: "success",
};
const delivered = { kind: "delivered", status: 200 };

const failure = (code: string, message: string, details = {}) => ({
  code,
  details,
  message,
  status: "error",
});
const at = (index: number, name: string) => ({
  api_name: name,
  json_path: `$.data[${index}].${name}`,
});
const unknown = (index: number) =>
  failure("MANDATORY_NOT_FOUND", "required field not found", at(index, "Last_Name"));

describe("an answer of Zoho's", () => {
  it.each([200, 201, 202, 207, 400])(
    "says in the order of the records what became of each, with a %d",
    (status) => {
      const rows = [
        written,
        failure("INVALID_DATA", "invalid data", at(1, "Gameball_Tier_Order")),
        { ...written, action: "insert", message: "record added", duplicate_field: null },
        failure("RECORD_LOCKED", "The record under merge is locked"),
      ];
      expect(read(4, status, { data: rows })).toEqual([
        { kind: "delivered", status },
        {
          kind: "rejected",
          status,
          error: `HTTP ${status}: INVALID_DATA: invalid data [Gameball_Tier_Order]`,
        },
        { kind: "delivered", status },
        {
          kind: "retry",
          status,
          error: `HTTP ${status}: RECORD_LOCKED: The record under merge is locked`,
          afterMs: null,
        },
      ]);
    },
  );

  it("says that Zoho knows no such contact by what it lacks to create one", () => {
    expect(read(2, 207, { data: [written, unknown(1)] })[1]).toEqual({
      kind: "rejected",
      status: 207,
      error:
        "HTTP 207: Zoho CRM knows no such contact: " +
        "MANDATORY_NOT_FOUND: required field not found [Last_Name]",
    });
  });

  it("says no such thing of other fields, or where contacts are to be created", () => {
    const other = failure("MANDATORY_NOT_FOUND", "required field not found", at(0, "Region"));
    const fields = { Last_Name: "attributes.name", Gameball_Customer_Id: "customer_id" };
    const settings = { update_only: false, fields };
    const outcomes = [
      ...read(1, 400, { data: [other] }),
      ...read(1, 400, { data: [unknown(0)] }, { settings }),
    ];
    expect(outcomes.map(({ kind }) => kind)).toEqual(["rejected", "rejected"]);
    expect(JSON.stringify(outcomes)).not.toContain("knows no such contact");
  });

  it.each(["INTERNAL_ERROR", "TOO_MANY_REQUESTS", "RECORD_LOCKED"])(
    "tries a row again after %s",
    (code) => {
      const rows = [written, failure(code, "")];
      expect(read(2, 200, { data: rows }).map(({ kind }) => kind)).toEqual(["delivered", "retry"]);
    },
  );

  it("takes the place in the url that an error names for no place among the records", () => {
    const row = failure("INVALID_DATA", "invalid data", { resource_path_index: 0 });
    expect(read(2, 200, { data: [written, row] })).toMatchObject([
      delivered,
      { kind: "rejected", error: "HTTP 200: INVALID_DATA: invalid data" },
    ]);
  });

  it.each([
    ["a row that does not say", {}],
    ["a success without an id", { ...written, details: {} }],
    ["a success with another code", { ...written, code: "SCHEDULED" }],
    ["a row that is neither", { ...written, status: "pending" }],
    ["no row", null],
  ])("leaves it open for %s alone", (_, row) => {
    const [first, second] = read(2, 200, { data: [row, written] });
    expect(first).toMatchObject({ kind: "retry", status: 200, afterMs: null });
    expect(first).toHaveProperty("error", expect.stringContaining("does not say what became"));
    expect(second).toEqual(delivered);
  });

  it.each([
    ["a row too few", 200, { data: [written] }],
    ["a row too many", 200, { data: [written, written, written] }],
    ["a row in another's place", 200, { data: [unknown(1), written] }],
    ["rows where none are told of", 203, { data: [written, written] }],
    ["no rows", 200, { data: [] }],
    ["a page", 200, "<html>Maintenance</html>"],
    ["nothing", 204, ""],
    ["a success of the whole", 200, written],
  ])("is not believed with %s", (_, status, body) => {
    expect(read(2, status, body).map(({ kind }) => kind)).toEqual(["retry", "retry"]);
  });
});

describe("an answer of Zoho's to all", () => {
  const noKey = failure("INVALID_DATA", "invalid data", {
    api_name: "duplicate_check_fields",
    json_path: "$.duplicate_check_fields[0]",
  });

  it.each([200, 400])(
    "holds the destination by a %d where the key's field is missing",
    (status) => {
      const reason =
        "fields are missing, npm run crm:setup -- crm creates them: " +
        `HTTP ${status}: ${JSON.stringify(noKey)}`;
      const held = { kind: "held", status, reason };
      expect(read(2, status, noKey)).toEqual([held, held]);
    },
  );

  it.each([
    [401, "INVALID_TOKEN", "held"],
    [401, "AUTHENTICATION_FAILURE", "held"],
    [401, "OAUTH_SCOPE_MISMATCH", "held"],
    [400, "OAUTH_SCOPE_MISMATCH", "held"],
    [400, "INVALID_MODULE", "held"],
    [403, "NO_PERMISSION", "held"],
    [200, "NO_PERMISSION", "held"],
    [404, "INVALID_URL_PATTERN", "held"],
    [400, "INTERNAL_ERROR", "retry"],
    [500, "INTERNAL_ERROR", "retry"],
    [500, "INVALID_DATA", "retry"],
    [400, "INVALID_DATA", "split"],
    [200, "INVALID_DATA", "split"],
    [413, "REQUEST_ENTITY_TOO_LARGE", "split"],
  ])("is read by its status and code: %d %s is %s", (status, code, kind) => {
    const body = failure(code, "no");
    const outcomes = read(2, status, body);
    expect(outcomes.map((outcome) => outcome.kind)).toEqual([kind, kind]);
    const words = `HTTP ${status}: ${JSON.stringify(body)}`;
    expect(JSON.stringify(outcomes[0])).toContain(JSON.stringify(words).slice(1, -1));
  });

  it("blames a contact that was alone", () => {
    const body = failure("INVALID_DATA", "invalid data");
    const error = `HTTP 400: ${JSON.stringify(body)}`;
    expect(read(1, 400, body)).toEqual([{ kind: "rejected", status: 400, error }]);
  });

  it("is looked into by halves where a refusal tells of others than were sent", () => {
    const found = read(3, 400, { data: [failure("INVALID_DATA", "invalid data")] });
    expect(found.map(({ kind }) => kind)).toEqual(["split", "split", "split"]);
  });

  it("waits a minute where too much was asked for, or as long as it says", () => {
    const body = failure("TOO_MANY_REQUESTS", "Too many requests fired in concurrent");
    const error = `HTTP 429: ${JSON.stringify(body)}`;
    expect(read(1, 429, body)).toEqual([{ kind: "retry", status: 429, error, afterMs: 60_000 }]);
    expect(read(1, 429, body, { headers: { "retry-after": "5" } })).toMatchObject([
      { afterMs: 5_000 },
    ]);
  });
});

describe("Zoho itself", () => {
  it("answers some, all and none by different statuses", () => {
    const vendor = new FakeZoho();
    vendor.meet(customer(1).profile);
    const call = (...indices: number[]) => {
      const deliveries = indices.map((index) => customer(index));
      const adapter = adapterTo(vendor, { key: "customer_id" });
      const { answer, outcomes } = callVendor(vendor, adapter, deliveries);
      return [answer.status, ...outcomes.map(({ kind }) => kind)];
    };
    expect(call(1)).toEqual([200, "delivered"]);
    expect(call(2, 1)).toEqual([207, "rejected", "delivered"]);
    expect(call(2, 3)).toEqual([400, "rejected", "rejected"]);
  });

  it("creates nobody unless it is told how, and finds contacts by their address", () => {
    const vendor = new FakeZoho();
    const call = (settings: Readonly<Record<string, unknown>>) =>
      callVendor(vendor, adapterTo(vendor, settings), [customer(1)]).outcomes;
    expect(call({})).toMatchObject([{ kind: "rejected" }]);
    expect(vendor.contacts.size).toBe(0);
    vendor.meet(sampleDelivery().profile);
    expect(call({ key: "email" })).toEqual([delivered]);
    expect([...vendor.contacts.values()]).toMatchObject([
      { Email: "customer@example.com", Gameball_Customer_Id: "c1" },
    ]);
    const fields = { Last_Name: "tier.name", Gameball_Customer_Id: "customer_id" };
    expect(call({ update_only: false, fields })).toEqual([delivered]);
  });

  it("finds nobody by a field that it lacks", () => {
    const vendor = new FakeZoho([]);
    const adapter = adapterTo(vendor, { key: "customer_id" });
    const { outcomes } = callVendor(vendor, adapter, [customer(1)]);
    expect(outcomes).toMatchObject([{ kind: "held", status: 400 }]);
  });
});
