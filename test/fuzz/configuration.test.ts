// However wrong the environment is, its faults are named without a secret, and no request fails because of it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { configurationOf, parseDestination } from "../../src/config.ts";
import { signBody } from "../support/gameball.ts";
import * as settings from "../support/crms/settings.ts";
import { bindings, relayWith, withRelay } from "../support/relay-in-workerd.ts";
import { expectSilent, watchLog } from "./asked.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { CANARY, mutatedBytes, mutatedJson, oddValue, rarely } from "./mutations.ts";

withRelay();

const DESTINATIONS = [
  settings.hubspot,
  settings.customerio,
  settings.segment,
  settings.iterable,
  settings.braze,
  { ...settings.webhook, headers: { authorization: "Bearer ${TOKEN}" } },
  { ...settings.cloudevents, signing_secret: "${SIGNING}", rate: { limit: 5, per_seconds: 1 } },
].map((one, index) => ({ ...one, id: `crm-${index}`, timeout_ms: 5_000 }));

/** Every secret holds the canary: none may be in a fault. */
const SECRETS = Object.fromEntries(
  ["TOKEN", "SITE", "KEY", "SHORT"].map((name) => [name, `${CANARY}-${name}`]),
);
const VARIABLES = {
  ...SECRETS,
  SIGNING: settings.SIGNING,
  GAMEBALL_SECRET_KEY: `${CANARY}-key`,
  API_TOKEN: `${CANARY}-token`,
  LEDGER_PARTITIONS: "16",
  JURISDICTION: "",
  LOG_SHARE: "0.1",
  ALERT_URL: "https://ops.example.com/",
  ALERT_SIGNING_SECRET: settings.SIGNING,
  DESTINATIONS,
};

const BINDINGS = ["PROFILES", "DELIVERIES", "LEDGER", "GATES"] as const;

const environments = fc.record({
  variables: mutatedJson([VARIABLES], 2),
  destinations: rarely(
    fc.oneof(mutatedBytes([JSON.stringify(DESTINATIONS)]), oddValue, mutatedJson([DESTINATIONS])),
  ),
  missing: rarely(fc.constantFrom(...BINDINGS)),
  binding: oddValue,
});

const OTHERS = [
  "/",
  "/v1/destinations",
  "/v1/profiles/ann",
  "/openapi.json",
  "/assets/live.js",
  "/x",
];

describe("an odd environment", () => {
  it("has its faults named, and is asked without a failure", { timeout: TEST_MS }, async () => {
    const logged = watchLog();
    const counts = await fuzz("configuration", 300, environments, async (input) => {
      const { variables, destinations, missing, binding } = input;
      const read: unknown = JSON.parse(variables === "" ? "null" : variables);
      const list =
        destinations instanceof Uint8Array ? new TextDecoder().decode(destinations) : destinations;
      const env: Readonly<Record<string, unknown>> = {
        ...(typeof read === "object" ? read : {}),
        ...(list === null ? {} : { DESTINATIONS: list }),
        ...Object.fromEntries(BINDINGS.map((name) => [name, bindings[name]])),
        ...(missing === null ? {} : { [missing]: binding }),
      };
      expectSilent(JSON.stringify(parseFaults(env)));
      const configured = configurationOf(env);
      if (configured.ok) return ["right"];

      expect(configured.faults.length).toBeGreaterThan(0);
      for (const { detail } of configured.faults) expect(detail).not.toBe("");
      expectSilent(JSON.stringify(configured));
      const changes = Object.fromEntries(Object.keys(bindings).map((name) => [name, undefined]));
      const relay = relayWith({ ...changes, ...env });
      const health = await relay.ask("/health");
      expect(health.status).toBe(503);
      expectSilent(health.text);
      expect((await relay.post("{}", { "x-gb-signature": await signBody("{}") })).status).toBe(503);
      for (const path of OTHERS) {
        const { status, text } = await relay.ask(path, { redirect: "manual" });
        expect(status === 503 || status < 500, `${path}: ${status}`).toBe(true);
        expectSilent(text);
      }
      expectSilent(logged());
      return ["wrong"];
    });
    for (const word of ["right", "wrong"]) expect(counts.get(word)).toBeGreaterThan(0);
  });
});

/** What is wrong with each destination by itself. */
function parseFaults(env: Readonly<Record<string, unknown>>): unknown {
  return DESTINATIONS.map(({ id }) => {
    const parsed = parseDestination(env, id);
    return parsed.ok ? null : parsed.faults;
  });
}
