// One destination's settings: defaults, limits, and the secrets that are put in.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { FORMATS } from "../../src/destinations/destination.ts";
import { formatOf } from "../../src/destinations/formats.ts";
import { destinationSchema } from "../../src/destinations/destination-schema.ts";
import { faultsOf } from "../../src/faults.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, TOPICS } from "../../src/topics.ts";
import { sampleDestination } from "../support/samples.ts";

const SIGNING = "whsec_dGVzdA==";
const SECRETS: Readonly<Record<string, string>> = {
  ACME_TOKEN: "acme-token",
  ACME_SIGNING_SECRET: SIGNING,
  OLD_TOKEN: "acme-token-old",
};
const minimal = { id: "acme-crm", url: "https://crm.example.com/hooks/loyalty" };

const parse = (settings: unknown) =>
  v.safeParse(
    destinationSchema((name) => SECRETS[name], false),
    settings,
  );

function faults(settings: unknown) {
  return faultsOf(parse(settings).issues ?? []).map(({ pointer, detail }) => [pointer, detail]);
}

/** Where faults are. */
const places = (settings: object) => new Set(faults(settings).map(([pointer]) => pointer));

describe("a destination", () => {
  it("has the contract's defaults", () => {
    expect(parse(minimal).output).toEqual(sampleDestination());
  });

  it("takes every setting, in its own units", () => {
    const settings = {
      ...minimal,
      format: "webhook",
      topics: ["customer.notification.push", "customer.profile.updated"],
      deliver: "every",
      batch: 100,
      only_on: ["tier", "points.total", "attributes.city"],
      timeout_ms: 5_000,
      min_interval_ms: 0,
      rate: { limit: 5, per_seconds: 0.5 },
      give_up_after_hours: 0.5,
    };
    expect(parse(settings).output).toEqual(
      sampleDestination({
        topics: [NOTIFICATION_TOPIC, PROFILE_TOPIC],
        deliver: "every",
        batch: 100,
        onlyOn: ["tier", "points.total", "attributes.city"],
        timeoutMs: 5_000,
        minIntervalMs: 0,
        rate: { limit: 5, perSeconds: 0.5 },
        giveUpAfterMs: 30 * 60 * 1000,
      }),
    );
  });

  it.each(FORMATS)("is refused the topics that its format %s does not carry", (format) => {
    for (const topic of TOPICS) {
      const found = faults({ ...minimal, format, topics: [topic] });
      const detail = "names a topic that the format does not carry";
      const isCarried = formatOf(format).topics.includes(topic);
      expect(found.filter(([pointer]) => pointer === "/topics")).toEqual(
        isCarried ? [] : [["/topics", detail]],
      );
    }
  });

  it("may want notifications and nothing else", () => {
    const topics = [NOTIFICATION_TOPIC] as const;
    expect(parse({ ...minimal, topics, deliver: "latest" }).output).toEqual(
      sampleDestination({ topics }),
    );
  });

  it("is refused a setting about profiles where it gets none", () => {
    const settings = {
      ...minimal,
      topics: [NOTIFICATION_TOPIC],
      deliver: "every",
      only_on: ["tier"],
    };
    const detail = "is about profiles: topics lacks customer.profile.updated";
    expect(faults(settings)).toEqual([
      ["/deliver", detail],
      ["/only_on", detail],
    ]);
  });

  it("says what it could be told instead", () => {
    expect(faults({ ...minimal, deliver: "all", topics: ["profiles"] })).toEqual([
      ["/topics/0", 'must be ("customer.profile.updated" | "customer.notification.push")'],
      ["/deliver", 'must be ("latest" | "every")'],
    ]);
  });

  it("has its secrets put in wherever they are named, and remembers them", () => {
    const settings = {
      ...minimal,
      url: "https://crm.example.com/${ACME_TOKEN}",
      headers: { authorization: "Bearer ${ACME_TOKEN}", "x-both": "${ACME_TOKEN}/${OLD_TOKEN}" },
      signing_secret: "${ACME_SIGNING_SECRET}",
    };
    expect(parse(settings).output).toMatchObject({
      url: "https://crm.example.com/acme-token",
      headers: { authorization: "Bearer acme-token", "x-both": "acme-token/acme-token-old" },
      signingSecret: SIGNING,
      secrets: ["acme-token", "acme-token-old", SIGNING],
    });
  });

  it("remembers credentials in headers that were written out, and nothing else of them", () => {
    const headers = {
      authorization: "Bearer written-out-token",
      "x-api-key": "key-of-acme",
      "x-source": "loyalty-programme",
    };
    expect(parse({ ...minimal, headers }).output).toMatchObject({
      secrets: ["written-out-token", "key-of-acme"],
    });
  });

  it("takes headers' names for what they are in lower case", () => {
    const headers = { "X-Source": "loyalty", "x-api-KEY": "key-of-acme" };
    expect(parse({ ...minimal, headers }).output).toMatchObject({
      headers: { "x-source": "loyalty", "x-api-key": "key-of-acme" },
      secrets: ["key-of-acme"],
    });
  });

  it("remembers a signing secret that was written out", () => {
    expect(parse({ ...minimal, signing_secret: SIGNING }).output).toMatchObject({
      secrets: [SIGNING],
    });
  });

  it.each(["a$b", "${", "$ACME_TOKEN", "{ACME_TOKEN}", "}${"])(
    "leaves %j in a header as it is",
    (text) => {
      expect(parse({ ...minimal, headers: { x: text } }).output).toMatchObject({
        headers: { x: text },
      });
    },
  );

  it("has nothing put into it that a secret itself contains", () => {
    const schema = destinationSchema((name) => (name === "A" ? "${ACME_TOKEN}$&" : "no"), false);
    const { output } = v.safeParse(schema, { ...minimal, headers: { x: "${A}" } });
    expect(output).toMatchObject({ headers: { x: "${ACME_TOKEN}$&" } });
  });

  it.each([
    ["id", { id: "Acme" }],
    ["id", { id: "" }],
    ["id", { id: "a".repeat(65) }],
    ["id", { id: "a b" }],
    ["id", { id: "constructor" }],
    ["id", { id: "prototype" }],
    ["id", { id: undefined }],
    ["url", { url: undefined }],
    ["url", { url: "http://crm.example.com/" }],
    ["url", { url: "https://localhost/" }],
    ["url", { url: "https://${ACME_TOKEN}@crm.example.com/" }],
    ["url", { url: "${ACME_TOKEN}" }],
    ["headers", { headers: { "not a name": "x" } }],
    ["headers", { headers: { "": "x" } }],
    ["headers", { headers: { Host: "x" } }],
    ["headers", { headers: { "content-type": "x" } }],
    ["headers", { headers: { "Webhook-Signature": "x" } }],
    ["headers", { headers: { "user-agent": "x" } }],
    ["headers", { headers: { "x-source": "a", "X-Source": "b" } }],
    ["headers", { headers: ["x"] }],
    ["headers", { headers: "x" }],
    ["headers/x", { headers: { x: "a\nb" } }],
    ["headers/x", { headers: { x: "a\u0000" } }],
    ["headers/x", { headers: { x: "ł" } }],
    ["headers/x", { headers: { x: 1 } }],
    ["signing_secret", { signing_secret: "" }],
    ["signing_secret", { signing_secret: "whsec_" }],
    ["signing_secret", { signing_secret: "dGVzdA==" }],
    ["signing_secret", { signing_secret: "whsec_dGVzdA" }],
    ["signing_secret", { signing_secret: "whsec_!!!!" }],
    ["signing_secret", { signing_secret: "${ACME_TOKEN}" }],
    ["format", { format: "sap" }],
    ["topics", { topics: [] }],
    ["topics", { topics: "customer.profile.updated" }],
    ["topics", { topics: [PROFILE_TOPIC, PROFILE_TOPIC] }],
    ["topics/1", { topics: [PROFILE_TOPIC, "customer.created"] }],
    ["deliver", { deliver: "newest" }],
    ["batch", { batch: 0 }],
    ["batch", { batch: 1.5 }],
    ["batch", { batch: 1_001 }],
    ["batch", { batch: "10" }],
    ["only_on", { only_on: "tier" }],
    ["only_on/1", { only_on: ["tier", "colour"] }],
    ["timeout_ms", { timeout_ms: 0 }],
    ["timeout_ms", { timeout_ms: 30_001 }],
    ["min_interval_ms", { min_interval_ms: -1 }],
    ["min_interval_ms", { min_interval_ms: 86_400_001 }],
    ["rate/per_seconds", { rate: { limit: 1 } }],
    ["rate/per_seconds", { rate: { limit: 1, per_seconds: 0 } }],
    ["rate/per_seconds", { rate: { limit: 1, per_seconds: 86_401 } }],
    ["rate/limit", { rate: { limit: 0, per_seconds: 1 } }],
    ["rate/burst", { rate: { limit: 1, per_seconds: 1, burst: 1 } }],
    ["give_up_after_hours", { give_up_after_hours: 0 }],
    ["give_up_after_hours", { give_up_after_hours: 721 }],
    ["retries", { retries: 3 }],
  ])("is refused for its %s alone: %j", (pointer, settings) => {
    expect(faults({ ...minimal, ...settings }).map(([where]) => where)).toEqual([`/${pointer}`]);
  });

  it("names a secret that is not set", () => {
    const headers = { authorization: "Bearer ${NOT_SET}" };
    expect(faults({ ...minimal, headers })).toEqual([
      ["/headers/authorization", "needs the secret NOT_SET, which is not set"],
    ]);
  });

  it("names what does not fit beside what is wrong by itself", () => {
    const wrong = { id: "Acme", batch: 1_001, fields: { tier: "tier.name" }, timeout_ms: 0 };
    expect(places(wrong)).toEqual(new Set(["/batch", "/fields", "/id", "/timeout_ms", "/url"]));
    // Of what is wrong by itself nothing more is asked.
    const odd = {
      ...minimal,
      format: "hubspot",
      key: "phone",
      credentials: { token: 1 },
      batch: 101,
    };
    expect(places(odd)).toEqual(new Set(["/batch", "/credentials/token", "/key"]));
  });

  it("names everything that is wrong with it at once", () => {
    const wrong = {
      id: "Acme",
      url: "http://crm.example.com",
      headers: { a: "${NOT_SET}", b: "${NOT_SET_EITHER}" },
      signing_secret: "plain",
      topics: [],
      deliver: "never",
      batch: 0,
      rate: { limit: 0, per_seconds: 0 },
      colour: "red",
    };
    const pointers = faults(wrong).map(([pointer]) => pointer ?? "");
    expect(new Set(pointers)).toEqual(
      new Set([
        "/batch",
        "/colour",
        "/deliver",
        "/headers/a",
        "/headers/b",
        "/id",
        "/rate/limit",
        "/rate/per_seconds",
        "/signing_secret",
        "/topics",
        "/url",
      ]),
    );
  });

  it.each([null, 1, "text", undefined])("is not %j", (settings) => {
    expect(faults(settings).map(([pointer]) => pointer)).toEqual([""]);
  });
});
