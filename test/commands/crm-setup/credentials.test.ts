// Those that create fields by themselves: their credentials are tried by a call that changes nothing.
import { describe, expect, it } from "vitest";
import { customerio } from "../../../src/commands/crm-setup/customerio.ts";
import { iterable } from "../../../src/commands/crm-setup/iterable.ts";
import { klaviyo } from "../../../src/commands/crm-setup/klaviyo.ts";
import { setupOf } from "../../../src/commands/crm-setup/setups.ts";
import { FORMATS } from "../../../src/destinations/destination.ts";
import { formatOf } from "../../../src/destinations/formats.ts";
import { answerOf } from "../../support/adapters.ts";
import { crmDestination, linesOf, planOf } from "../../support/crm-setup.ts";

/** What Customer.io's account in a region says of a url. */
const at = (url: string, region: string) =>
  linesOf(planOf(customerio, { url: "", region, environment_id: 1 }, crmDestination({}, { url })));

describe("Customer.io", () => {
  it("tells the account's region", () => {
    const destination = crmDestination({}, { url: "https://track.customer.io/api/v2/batch" });
    expect(customerio.look(destination)).toMatchObject({
      method: "GET",
      url: "https://track.customer.io/api/v1/accounts/region",
      headers: { authorization: "Bearer secret" },
      body: null,
    });
  });

  it("is in place where the url is the region's", () => {
    expect(at("https://track.customer.io", "us")).toEqual(["in place: the account, region us"]);
    expect(at("https://track-eu.customer.io", "EU")).toEqual(["in place: the account, region eu"]);
    expect(at("https://proxy.example.com", "eu")).toEqual(["in place: the account, region eu"]);
  });

  it("names the other region's url where it is not", () => {
    expect(at("https://track.customer.io", "eu")).toEqual([
      'left: the account is in the region eu: set url = "https://track-eu.customer.io"',
    ]);
    expect(at("https://track-eu.customer.io", "us")).toEqual([
      'left: the account is in the region us: set url = "https://track.customer.io"',
    ]);
  });

  it("proves nothing by an answer without a region", () => {
    expect(customerio.plan(answerOf(200, {}), crmDestination())).toBeNull();
    expect(customerio.plan(answerOf(200, "ok"), crmDestination())).toBeNull();
  });
});

describe("Iterable", () => {
  const fields = [
    { name: "tier", path: "tier.name" },
    { name: "points", path: "points.total" },
    { name: "vip", path: "attributes.vip" },
  ];
  const lines = (types: object) =>
    linesOf(planOf(iterable, { fields: types }, crmDestination({ fields })));

  it("lists its fields", () => {
    const { method, url } = iterable.look(crmDestination({}, { url: "https://api.iterable.com" }));
    expect([method, url]).toEqual(["GET", "https://api.iterable.com/api/users/getFields"]);
  });

  it("creates what it lacks by itself", () => {
    expect(lines({ email: "string" })).toEqual([
      "in place: tier (Iterable creates it with its first value)",
      "in place: points (Iterable creates it with its first value)",
      "in place: vip (Iterable creates it with its first value)",
    ]);
  });

  it.each(["long", "double"])("holds numbers as %s", (type) => {
    expect(lines({ tier: "string", points: type, vip: "boolean" })).toEqual([
      "in place: tier (string)",
      `in place: points (${type})`,
      "in place: vip (boolean)",
    ]);
  });

  it("never takes a value of another type than its field has", () => {
    expect(lines({ tier: "date", points: "string", vip: "object" })).toEqual([
      expect.stringMatching(/^left: tier \(date\): Iterable refuses a text there.*map tier\.name/),
      expect.stringMatching(/^left: points \(string\): Iterable refuses a number there/),
      "in place: vip (object)",
    ]);
  });

  it("proves nothing by another answer", () => {
    expect(iterable.plan(answerOf(200, { msg: "ok" }), crmDestination())).toBeNull();
  });
});

describe("Klaviyo", () => {
  it("is asked for the latest job, in the revision that the relay speaks", () => {
    expect(klaviyo.look(crmDestination({}, { url: "https://a.klaviyo.com" }))).toMatchObject({
      method: "GET",
      url: "https://a.klaviyo.com/api/profile-bulk-import-jobs?page[size]=1",
      headers: {
        accept: "application/vnd.api+json",
        revision: "2026-07-15",
        authorization: "Bearer secret",
      },
      body: null,
    });
  });

  it("accepts the credentials by a list, and proves nothing by another answer", () => {
    expect(linesOf(planOf(klaviyo, { data: [] }, crmDestination()))).toEqual([
      "in place: the account",
    ]);
    expect(klaviyo.plan(answerOf(200, { errors: [] }), crmDestination())).toBeNull();
  });
});

describe("every format of a CRM's own API", () => {
  it.each(FORMATS.filter((name) => formatOf(name).crm !== null))("%s is known", (name) => {
    expect(setupOf(name) === null).toBe(name === "braze" || name === "segment");
  });
});
