// `npm run crm:setup`, as a person runs it, against vendors that refuse what the real ones would.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { callVendor } from "../support/crms/calls.ts";
import { FakeBraze } from "../support/crms/braze.ts";
import { FakeCustomerIo } from "../support/crms/customerio.ts";
import { FakeHubSpot } from "../support/crms/hubspot.ts";
import { FakeIterable } from "../support/crms/iterable.ts";
import { FakeKlaviyo } from "../support/crms/klaviyo.ts";
import { FakeSalesforce } from "../support/crms/salesforce.ts";
import { FakeZoho } from "../support/crms/zoho.ts";
import type { FakeVendor } from "../support/crms/vendor.ts";
import { adapterTo } from "../support/crms/vendors.ts";
import { sampleDelivery } from "../support/samples.ts";

const root = dirname(dirname(import.meta.dirname));

let folder: string;
let vendor: FakeVendor | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameball-relay-setup-"));
});
afterEach(async () => {
  await vendor?.close();
  vendor = null;
  await rm(folder, { recursive: true });
});

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

/** Opens a vendor, to be closed after the test. */
async function open<T extends FakeVendor>(fresh: T): Promise<T> {
  vendor = fresh;
  return fresh.open();
}

/** The destination `crm` of a vendor, whose credentials are secrets: `CREDENTIAL_0` and so on. */
function configure(fresh: FakeVendor, changes: object = {}) {
  const { credentials, ...settings } = fresh.settings();
  const secrets: Record<string, string> = {};
  const named = Object.entries(credentials as Record<string, string>).map(
    ([name, value], index) => {
      secrets[`CREDENTIAL_${index}`] = value;
      return [name, `\${CREDENTIAL_${index}}`] as const;
    },
  );
  const destination = {
    id: "crm",
    ...settings,
    credentials: Object.fromEntries(named),
    ...changes,
  };
  return { destination, secrets };
}

/** Runs `npm run crm:setup -- …` with a configuration and the lines of `.dev.vars`. */
async function run(
  destinations: readonly object[],
  secrets: Readonly<Record<string, string>>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const config = join(folder, "wrangler.json");
  const vars = { ALLOW_INSECURE_DESTINATIONS: "true", DESTINATIONS: destinations };
  await writeFile(config, JSON.stringify({ name: "relay", vars }));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"`);
  await writeFile(join(folder, ".dev.vars"), lines.join("\n"));
  const npm = ["run", "--silent", "crm:setup", "--", "--config", config, ...args];
  const env = { ...process.env, ...environment };
  const child = spawn("npm", npm, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, output: out + errors };
}

/** Those of the secrets that must not be shown: not the address of the tokens. */
function secretsOf(secrets: Readonly<Record<string, string>>): string[] {
  return Object.values(secrets).filter((value) => !URL.canParse(value));
}

function requests(fresh: FakeVendor): string[] {
  return fresh.calls.map(({ request: { method, path } }) => `${method} ${path}`);
}

describe("npm run crm:setup at HubSpot", () => {
  it("creates what deliveries need, and has nothing to do the second time", async () => {
    const hubspot = await open(new FakeHubSpot([]));
    const { destination, secrets } = configure(hubspot, { key: "customer_id" });
    const first = await run([destination], secrets, ["crm"]);
    expect(first.output).toContain("missing: gameball_total_points (number)");
    expect(first.output).toContain("in place: gameball_total_points (number)");
    expect(first.output).toMatch(/Everything is in place\.\n$/);
    expect(first.status).toBe(0);
    expect(hubspot.properties.get("gameball_customer_id")).toEqual({
      name: "gameball_customer_id",
      type: "string",
      hasUniqueValue: true,
    });

    const delivered = callVendor(hubspot, adapterTo(hubspot, { key: "customer_id" }), [
      sampleDelivery(),
    ]);
    expect(delivered.outcomes).toMatchObject([{ kind: "delivered" }]);

    hubspot.calls.length = 0;
    const second = await run([destination], secrets, ["crm"]);
    expect(second.status).toBe(0);
    expect(requests(hubspot)).toEqual(["GET /crm/v3/properties/contacts"]);
  });

  it("changes nothing in a dry run, shows what it would send, and never a secret", async () => {
    const hubspot = await open(new FakeHubSpot([]));
    const { destination, secrets } = configure(hubspot);
    const { status, output } = await run([destination], secrets, ["crm", "--dry-run"]);
    expect(status).toBe(1);
    expect(output).toMatch(
      /would send: POST http.*\/batch\/create \{"inputs":\[\{"name":"gameball_tier_name"/,
    );
    expect(requests(hubspot)).toEqual(["GET /crm/v3/properties/contacts"]);
    expect(hubspot.properties.size).toBe(1);
    for (const secret of Object.values(secrets)) expect(output).not.toContain(secret);
  });

  it("takes a dry run that npm took for its own for one", async () => {
    const hubspot = await open(new FakeHubSpot([]));
    const { destination, secrets } = configure(hubspot);
    const environment = { npm_config_dry_run: "true" };
    const { status } = await run([destination], secrets, ["crm"], environment);
    expect(status).toBe(1);
    expect(requests(hubspot)).toEqual(["GET /crm/v3/properties/contacts"]);
  });

  it("leaves properties of a wrong type as they are, and says so", async () => {
    const wrong = { name: "gameball_tier_order", type: "date", hasUniqueValue: false };
    const hubspot = await open(new FakeHubSpot([wrong]));
    const { destination, secrets } = configure(hubspot);
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(status).toBe(1);
    expect(output).toMatch(/to do: gameball_tier_order \(date\): it must be of type number/);
    expect(output).toContain("one thing is left");
    expect(hubspot.properties.get("gameball_tier_order")).toEqual(wrong);
    expect(hubspot.properties.has("gameball_tier_name")).toBe(true);
  });

  it("masks a token that HubSpot repeats, and says what the token needs", async () => {
    const hubspot = await open(new FakeHubSpot());
    const { destination } = configure(hubspot);
    const token = "not-the-right-token-0123";
    hubspot.answerNext({ status: 403, body: `MISSING_SCOPES for ${token} and ${hubspot.url}` });
    const { status, output } = await run([destination], { CREDENTIAL_0: token }, ["crm"]);
    expect(status).toBe(1);
    expect(output).toContain("failed: HTTP 403: MISSING_SCOPES for *** and ***");
    expect(output).toContain("It needs the scopes crm.schemas.contacts.read");
    expect(output).not.toContain(token);
  });

  it("reads secrets from the environment, which prevails over .dev.vars", async () => {
    const hubspot = await open(new FakeHubSpot());
    const { destination, secrets } = configure(hubspot);
    const old = { CREDENTIAL_0: "a-token-of-yesterday" };
    expect(await run([destination], old, ["crm"])).toMatchObject({ status: 1 });
    expect(await run([destination], old, ["crm"], secrets)).toMatchObject({ status: 0 });
  });
});

describe("npm run crm:setup at Zoho", () => {
  it("creates what deliveries need, five fields in a call, with a token that it asks for", async () => {
    const zoho = await open(new FakeZoho([]));
    const settings = { key: "customer_id" };
    const { destination, secrets } = configure(zoho, settings);
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(output).toMatch(/missing: Gameball_Customer_Id \(text\)[^]*Everything is in place\.\n$/);
    expect(status).toBe(0);
    expect(requests(zoho)).toEqual([
      "POST /oauth/v2/token",
      "GET /crm/v8/settings/fields",
      "POST /crm/v8/settings/fields",
      "POST /crm/v8/settings/fields",
      "GET /crm/v8/settings/fields",
    ]);
    for (const secret of secretsOf(secrets)) expect(output).not.toContain(secret);
    for (const token of Object.values(zoho.tokenHeaders)) expect(output).not.toContain(token);

    const delivery = sampleDelivery();
    zoho.meet(delivery.profile);
    const adapter = adapterTo(zoho, settings);
    const { outcomes } = callVendor(zoho, adapter, [delivery], zoho.tokenHeaders);
    expect(outcomes).toMatchObject([{ kind: "delivered" }]);
  });

  it("asks for another token where Zoho rejects the first", async () => {
    const zoho = await open(new FakeZoho());
    const { destination, secrets } = configure(zoho);
    zoho.answerNext({
      status: 200,
      body: { access_token: "a-token-of-yesterday", expires_in: 3600 },
    });
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(output).toContain("The credentials are accepted.");
    expect(status).toBe(0);
    expect(requests(zoho).filter((one) => one.startsWith("POST"))).toHaveLength(2);
  });

  it("repeats what Zoho says of credentials that it does not know", async () => {
    const zoho = await open(new FakeZoho());
    const { destination, secrets } = configure(zoho);
    const wrong = { ...secrets, CREDENTIAL_1: "no-such-secret-0123" };
    const { status, output } = await run([destination], wrong, ["crm"]);
    expect(status).toBe(1);
    expect(output).toContain("invalid_client");
    expect(output).toContain("It needs the scopes ZohoCRM.settings.fields.ALL");
    expect(output).not.toContain("no-such-secret-0123");
  });
});

describe("npm run crm:setup at Salesforce", () => {
  it("says what an administrator is to create, and changes nothing", async () => {
    const salesforce = await open(new FakeSalesforce([]));
    const { destination, secrets } = configure(salesforce);
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(status).toBe(1);
    expect(output).toContain(
      "to do: create on Contact: Gameball_Customer_Id__c, label “Gameball Customer Id”, Text(255), External ID, Unique, case-sensitive",
    );
    expect(output).toContain(
      "to do: create on Contact: Gameball_Total_Points__c, label “Gameball Total Points”, Number(16, 2)",
    );
    expect(output).toContain("8 things are left");
    expect(requests(salesforce)).toEqual([
      "POST /services/oauth2/token",
      "GET /services/data/v60.0/sobjects/Contact/describe",
    ]);
    for (const secret of secretsOf(secrets)) expect(output).not.toContain(secret);
  });

  it("is content once they are there", async () => {
    const salesforce = await open(new FakeSalesforce());
    const { destination, secrets } = configure(salesforce);
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(output).toMatch(/Everything is in place\.\n$/);
    expect(status).toBe(0);
  });
});

describe("npm run crm:setup elsewhere", () => {
  it.each([
    ["Customer.io", () => new FakeCustomerIo(), "GET /api/v1/accounts/region"],
    ["Iterable", () => new FakeIterable(), "GET /api/users/getFields"],
    ["Klaviyo", () => new FakeKlaviyo(), "GET /api/profile-bulk-import-jobs"],
  ])("tries the credentials of %s without changing anything", async (name, create, request) => {
    const fresh = await open(create());
    const { destination, secrets } = configure(fresh);
    const good = await run([destination], secrets, ["crm"]);
    expect(good.output).toContain(`crm: ${name} at `);
    expect(good.output).toMatch(/The credentials are accepted\.[^]*Everything is in place\.\n$/);
    expect(good.status).toBe(0);
    const wrong = Object.fromEntries(Object.keys(secrets).map((key) => [key, "wrong-credential"]));
    const bad = await run([destination], wrong, ["crm"]);
    expect(bad.output).toContain("failed: HTTP 401");
    expect(bad.output).not.toContain("wrong-credential");
    expect(bad.status).toBe(1);
    expect(requests(fresh)).toEqual([request, request]);
  });

  it("asks nothing of Braze, which has no call that does no harm", async () => {
    const braze = await open(new FakeBraze());
    const { destination, secrets } = configure(braze);
    const { status, output } = await run([destination], secrets, ["crm"]);
    expect(status).toBe(0);
    expect(output).toContain("POST /v1/destinations/crm/test");
    expect(requests(braze)).toEqual([]);
  });
});

describe("npm run crm:setup with a configuration that is not right", () => {
  const other = { id: "other", url: "not a URL" };

  it("names every fault of the destination, and none of the others'", async () => {
    const faulty = { id: "crm", format: "hubspot", key: "phone", timeout_ms: 0, colour: "red" };
    const { status, output } = await run([other, faulty], {}, ["crm"]);
    expect(status).toBe(1);
    for (const place of ["key", "timeout_ms", "colour"]) {
      expect(output).toContain(`vars/DESTINATIONS/1/${place}: `);
    }
    expect(output).not.toContain("/DESTINATIONS/0");
  });

  it("names the secrets that are not set, and where they are read from", async () => {
    const token = "${HUBSPOT_TOKEN_OF_NOBODY}";
    const destination = { id: "crm", format: "hubspot", credentials: { token } };
    const { status, output } = await run([destination], {}, ["crm"]);
    expect(status).toBe(1);
    expect(output).toContain("needs the secret HUBSPOT_TOKEN_OF_NOBODY, which is not set");
    expect(output).toContain(".dev.vars");
  });

  it.each([
    ["an id that nobody has", ["nobody"], /has no destination with the id nobody/],
    ["no id", [], /npm run crm:setup -- <destination id>/],
    ["an option that there is not", ["crm", "--dryrun"], /--dryrun/],
    ["a file that is not there", ["crm", "-c", "/nowhere/wrangler.toml"], /nowhere/],
  ])("ends at %s", async (_what, args, words) => {
    const { status, output } = await run([other], {}, args);
    expect(status).toBe(1);
    expect(output).toMatch(words);
    expect(output).not.toMatch(/^\s+at /m);
  });
});
