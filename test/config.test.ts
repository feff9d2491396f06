// The environment as a configuration: the contract's table, its defaults, and all faults at once.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { configurationOf, parseConfiguration, parseDestination } from "../src/config.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../src/topics.ts";
import { SIGNING_SECRET } from "./support/bindings.ts";

const required = {
  PROFILES: {},
  DELIVERIES: {},
  LEDGER: {},
  GATES: {},
  GAMEBALL_SECRET_KEY: "key",
  API_TOKEN: "token",
};
const crm = { id: "acme-crm", url: "https://crm.example.com/" };

function configure(variables: Readonly<Record<string, unknown>>) {
  const configured = parseConfiguration({ ...required, ...variables });
  if (!configured.ok) throw new Error(JSON.stringify(configured.faults));
  return configured.configuration;
}

function faults(variables: Readonly<Record<string, unknown>>) {
  const configured = parseConfiguration({ ...required, ...variables });
  return configured.ok ? [] : configured.faults;
}

const pointers = (variables: Readonly<Record<string, unknown>>): string[] =>
  faults(variables).map(({ pointer }) => pointer);

describe("a configuration", () => {
  it("needs two secrets and has a default for everything else", () => {
    expect(configure({})).toEqual({
      gameballSecretKeys: ["key"],
      apiToken: "token",
      apiReadToken: null,
      gameballClientId: null,
      ledgerPartitions: 16,
      jurisdiction: null,
      destinations: [],
      topics: ["customer.profile.updated"],
      alerts: null,
      logShare: 1,
    });
  });

  it("takes every variable of the contract", () => {
    const configuration = configure({
      GAMEBALL_SECRET_KEY_PREVIOUS: "old-key",
      API_READ_TOKEN: "read",
      GAMEBALL_CLIENT_ID: "2155",
      LEDGER_PARTITIONS: 4,
      LOG_SHARE: 0.25,
      DESTINATIONS: [crm],
      ALERT_URL: "https://ops.example.com/alerts",
      ALERT_SIGNING_SECRET: SIGNING_SECRET,
    });
    expect(configuration).toMatchObject({
      gameballSecretKeys: ["key", "old-key"],
      apiReadToken: "read",
      gameballClientId: "2155",
      ledgerPartitions: 4,
      destinations: [{ id: "acme-crm" }],
      alerts: { url: "https://ops.example.com/alerts", signingSecret: SIGNING_SECRET },
      logShare: 0.25,
    });
  });

  it("may have alerts without a signing secret, and a signing secret without alerts", () => {
    const url = "https://hooks.slack.com/services/T0/B0/x";
    expect(configure({ ALERT_URL: url }).alerts).toEqual({ url, signingSecret: null });
    expect(configure({ ALERT_SIGNING_SECRET: SIGNING_SECRET }).alerts).toBeNull();
  });

  it("takes an empty variable for one that is not set", () => {
    const empty = {
      GAMEBALL_SECRET_KEY_PREVIOUS: "",
      API_READ_TOKEN: "",
      GAMEBALL_CLIENT_ID: "",
      LEDGER_PARTITIONS: "",
      ALLOW_INSECURE_DESTINATIONS: "",
      DESTINATIONS: "",
      ALERT_URL: "",
      ALERT_SIGNING_SECRET: "",
      LOG_SHARE: "",
    };
    expect(configure(empty)).toEqual(configure({}));
  });

  it("takes numbers as text and text as numbers, as TOML and the dashboard write them", () => {
    expect(configure({ LEDGER_PARTITIONS: "32", GAMEBALL_CLIENT_ID: 2155 })).toMatchObject({
      ledgerPartitions: 32,
      gameballClientId: "2155",
    });
    const shares = ["0", ".5", "0.1", "1"].map((share) => configure({ LOG_SHARE: share }).logShare);
    expect(shares).toEqual([0, 0.5, 0.1, 1]);
  });

  it("takes destinations as a JSON string too", () => {
    const asText = configure({ DESTINATIONS: ` ${JSON.stringify([crm])}\n` });
    expect(asText).toEqual(configure({ DESTINATIONS: [crm] }));
  });

  it("puts secrets in where a destination names them", () => {
    const headers = { authorization: "Bearer ${ACME_TOKEN}" };
    const configuration = configure({ ACME_TOKEN: "t0ken", DESTINATIONS: [{ ...crm, headers }] });
    expect(configuration.destinations[0]?.headers).toEqual({ authorization: "Bearer t0ken" });
  });

  it("wants the topics that a destination asks for, and profiles for the lookup store", () => {
    const messenger = { ...crm, id: "messenger", topics: [NOTIFICATION_TOPIC] };
    const { topics: none } = configure({ DESTINATIONS: [] });
    const { topics: alone } = configure({ DESTINATIONS: [messenger] });
    const { topics: both } = configure({ DESTINATIONS: [messenger, crm] });
    expect(none).toEqual([PROFILE_TOPIC]);
    expect(alone).toEqual([PROFILE_TOPIC, NOTIFICATION_TOPIC]);
    expect(both).toEqual([PROFILE_TOPIC, NOTIFICATION_TOPIC]);
  });

  it.each(["true", true])("admits insecure destinations when told %j", (flag) => {
    const local = [{ ...crm, url: "http://127.0.0.1:9001/" }];
    const variables = { ALLOW_INSECURE_DESTINATIONS: flag, DESTINATIONS: local };
    expect(configure(variables).destinations).toHaveLength(1);
    const alerts = { ALLOW_INSECURE_DESTINATIONS: flag, ALERT_URL: "http://localhost:9001/" };
    expect(configure(alerts).alerts).toMatchObject({ url: "http://localhost:9001/" });
  });

  it.each(["false", false, "", undefined])("does not admit them when told %j", (flag) => {
    const local = [{ ...crm, url: "http://127.0.0.1:9001/" }];
    expect(pointers({ ALLOW_INSECURE_DESTINATIONS: flag, DESTINATIONS: local })).toEqual([
      "/DESTINATIONS/0/url",
    ]);
    const alerts = { ALLOW_INSECURE_DESTINATIONS: flag, ALERT_URL: "http://localhost:9001/" };
    expect(pointers(alerts)).toEqual(["/ALERT_URL"]);
  });

  it("is parsed once for each environment", () => {
    const { ...environment } = required;
    expect(configurationOf(environment)).toBe(configurationOf(environment));
    expect(configurationOf({ ...environment })).not.toBe(configurationOf(environment));
  });

  it("is right for the relay under test", () => {
    const environment = env as unknown as Readonly<Record<string, unknown>>;
    expect(parseConfiguration(environment)).toMatchObject({
      ok: true,
      configuration: { destinations: [{ id: "one" }, { id: "many" }, { id: "tiers" }] },
    });
  });
});

describe("a wrong configuration", () => {
  it.each([
    ["PROFILES", { PROFILES: undefined }],
    ["DELIVERIES", { DELIVERIES: "text" }],
    ["LEDGER", { LEDGER: null }],
    ["GATES", { GATES: undefined }],
    ["GAMEBALL_SECRET_KEY", { GAMEBALL_SECRET_KEY: undefined }],
    ["GAMEBALL_SECRET_KEY", { GAMEBALL_SECRET_KEY: "" }],
    ["API_TOKEN", { API_TOKEN: undefined }],
    ["API_TOKEN", { API_TOKEN: 5 }],
    ["GAMEBALL_SECRET_KEY_PREVIOUS", { GAMEBALL_SECRET_KEY_PREVIOUS: 5 }],
    ["API_READ_TOKEN", { API_READ_TOKEN: {} }],
    ["GAMEBALL_CLIENT_ID", { GAMEBALL_CLIENT_ID: [] }],
    ["LEDGER_PARTITIONS", { LEDGER_PARTITIONS: "many" }],
    ["LEDGER_PARTITIONS", { LEDGER_PARTITIONS: 0 }],
    ["LEDGER_PARTITIONS", { LEDGER_PARTITIONS: "0" }],
    ["LEDGER_PARTITIONS", { LEDGER_PARTITIONS: 1.5 }],
    ["LEDGER_PARTITIONS", { LEDGER_PARTITIONS: 257 }],
    ["LOG_SHARE", { LOG_SHARE: "some" }],
    ["LOG_SHARE", { LOG_SHARE: -0.1 }],
    ["LOG_SHARE", { LOG_SHARE: "10" }],
    ["LOG_SHARE", { LOG_SHARE: true }],
    ["ALLOW_INSECURE_DESTINATIONS", { ALLOW_INSECURE_DESTINATIONS: "yes" }],
    ["ALERT_URL", { ALERT_URL: 5 }],
    ["ALERT_URL", { ALERT_URL: "ops.example.com" }],
    ["ALERT_URL", { ALERT_URL: "http://ops.example.com/" }],
    ["ALERT_URL", { ALERT_URL: "https://10.0.0.1/" }],
    ["ALERT_URL", { ALERT_URL: "https://user:password@ops.example.com/" }],
    ["ALERT_SIGNING_SECRET", { ALERT_SIGNING_SECRET: "plain" }],
    ["ALERT_SIGNING_SECRET", { ALERT_SIGNING_SECRET: ["whsec_dGVzdA=="] }],
    ["DESTINATIONS", { DESTINATIONS: "[{" }],
    ["DESTINATIONS", { DESTINATIONS: "{}" }],
    ["DESTINATIONS", { DESTINATIONS: { acme: crm } }],
    ["DESTINATIONS", { DESTINATIONS: null }],
    ["DESTINATIONS", { DESTINATIONS: [crm, { ...crm, url: "https://other.example.com" }] }],
    ["DESTINATIONS/1", { DESTINATIONS: [crm, "text"] }],
    ["DESTINATIONS/0/colour", { DESTINATIONS: [{ ...crm, colour: "red" }] }],
  ])("is named by %s: %j", (pointer, variables) => {
    expect(pointers(variables)).toEqual([`/${pointer}`]);
  });

  it("says how to set a secret that is missing", () => {
    expect(faults({ API_TOKEN: "" })).toEqual([
      { pointer: "/API_TOKEN", detail: "is not set: npx wrangler secret put API_TOKEN" },
    ]);
  });

  it("says what is wrong with where alerts go, but not where that is", () => {
    const wrong = { ALERT_URL: "http://ops.example.com/s3cret", ALERT_SIGNING_SECRET: "s3cret" };
    expect(faults(wrong)).toEqual([
      { pointer: "/ALERT_URL", detail: "must begin with https://" },
      { pointer: "/ALERT_SIGNING_SECRET", detail: "must be whsec_ and base64 (Standard Webhooks)" },
    ]);
  });

  it("says what was expected in words", () => {
    const details = faults({ LEDGER_PARTITIONS: {}, API_READ_TOKEN: 5, GAMEBALL_CLIENT_ID: {} });
    expect(details.map(({ detail }) => detail)).toEqual([
      "must be a string",
      "must be a string",
      "must be a number",
    ]);
  });

  it("has all its faults named at once", () => {
    const wrong = {
      PROFILES: undefined,
      GAMEBALL_SECRET_KEY: undefined,
      API_TOKEN: "",
      LEDGER_PARTITIONS: -1,
      ALLOW_INSECURE_DESTINATIONS: "maybe",
      DESTINATIONS: [
        { ...crm, url: "http://crm.example.com/", batch: 0 },
        { id: "b", url: "https://b.example.com/", headers: { a: "${NOT_SET}" } },
      ],
    };
    expect(pointers(wrong).toSorted()).toEqual([
      "/ALLOW_INSECURE_DESTINATIONS",
      "/API_TOKEN",
      "/DESTINATIONS/0/batch",
      "/DESTINATIONS/0/url",
      "/DESTINATIONS/1/headers/a",
      "/GAMEBALL_SECRET_KEY",
      "/LEDGER_PARTITIONS",
      "/PROFILES",
    ]);
  });
});

describe("one destination of a configuration", () => {
  const good = { ...crm, headers: { authorization: "Bearer ${TOKEN}" } };
  const bad = { id: "bad", url: "http://crm.example.com/", batch: 0 };

  it("is what it is among the others, whatever is wrong with those", () => {
    const variables = { TOKEN: "a-token-of-acme", DESTINATIONS: [good] };
    const destination = configure(variables).destinations[0];
    for (const DESTINATIONS of [[bad, good], JSON.stringify([null, good])]) {
      const configured = parseDestination({ ...variables, DESTINATIONS }, "acme-crm");
      expect(configured).toEqual({ ok: true, destination });
    }
  });

  it("has every fault of its own, at its place, and needs nothing else of the environment", () => {
    const configured = parseDestination({ DESTINATIONS: [good, bad] }, "bad");
    expect(configured).toEqual({
      ok: false,
      faults: [
        { pointer: "/DESTINATIONS/1/url", detail: "must begin with https://" },
        { pointer: "/DESTINATIONS/1/batch", detail: "must be at least 1" },
      ],
    });
  });

  it("admits what the environment admits", () => {
    const variables = { ALLOW_INSECURE_DESTINATIONS: "true", DESTINATIONS: [{ ...bad, batch: 1 }] };
    expect(parseDestination(variables, "bad")).toMatchObject({ ok: true });
  });

  it.each([
    ["nobody has its id", [crm], "has no destination with the id acme"],
    ["there is none", undefined, "has no destination with the id acme"],
    ["two have its id", [{ id: "acme" }, { id: "acme" }], "has two destinations with the id acme"],
    ["the list is no JSON", "[{", "is not valid JSON"],
    ["the list is none", { id: "acme" }, "must be Array"],
  ])("is not to be had where %s", (_why, DESTINATIONS, detail) => {
    const configured = parseDestination({ DESTINATIONS }, "acme");
    expect(configured).toEqual({ ok: false, faults: [{ pointer: "/DESTINATIONS", detail }] });
  });
});
