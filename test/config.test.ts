// The environment as a configuration: the contract's table, its defaults, and all faults at once.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { configurationOf, parseConfiguration } from "../src/config.ts";

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
      destinations: [],
      alerts: null,
    });
  });

  it("takes every variable of the contract", () => {
    const configuration = configure({
      GAMEBALL_SECRET_KEY_PREVIOUS: "old-key",
      API_READ_TOKEN: "read",
      GAMEBALL_CLIENT_ID: "2155",
      LEDGER_PARTITIONS: 4,
      DESTINATIONS: [crm],
    });
    expect(configuration).toMatchObject({
      gameballSecretKeys: ["key", "old-key"],
      apiReadToken: "read",
      gameballClientId: "2155",
      ledgerPartitions: 4,
      destinations: [{ id: "acme-crm" }],
    });
  });

  it("takes an empty variable for one that is not set", () => {
    const empty = {
      GAMEBALL_SECRET_KEY_PREVIOUS: "",
      API_READ_TOKEN: "",
      GAMEBALL_CLIENT_ID: "",
      LEDGER_PARTITIONS: "",
      ALLOW_INSECURE_DESTINATIONS: "",
      DESTINATIONS: "",
    };
    expect(configure(empty)).toEqual(configure({}));
  });

  it("takes numbers as text and text as numbers, as TOML and the dashboard write them", () => {
    expect(configure({ LEDGER_PARTITIONS: "32", GAMEBALL_CLIENT_ID: 2155 })).toMatchObject({
      ledgerPartitions: 32,
      gameballClientId: "2155",
    });
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

  it.each(["true", true])("admits insecure destinations when told %j", (flag) => {
    const local = [{ ...crm, url: "http://127.0.0.1:9001/" }];
    const variables = { ALLOW_INSECURE_DESTINATIONS: flag, DESTINATIONS: local };
    expect(configure(variables).destinations).toHaveLength(1);
  });

  it.each(["false", false, "", undefined])("does not admit them when told %j", (flag) => {
    const local = [{ ...crm, url: "http://127.0.0.1:9001/" }];
    expect(pointers({ ALLOW_INSECURE_DESTINATIONS: flag, DESTINATIONS: local })).toEqual([
      "/DESTINATIONS/0/url",
    ]);
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
    ["ALLOW_INSECURE_DESTINATIONS", { ALLOW_INSECURE_DESTINATIONS: "yes" }],
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
