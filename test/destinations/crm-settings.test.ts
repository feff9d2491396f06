// The settings of a destination that has a CRM's own API: defaults, and what each format allows.
import { describe, expect, it } from "vitest";
import { type FormatName, FORMATS } from "../../src/destinations/destination.ts";
import { formatOf } from "../../src/destinations/formats.ts";
import {
  braze,
  cloudevents,
  customerio,
  faults,
  hubspot,
  iterable,
  read,
  segment,
  SIGNING,
  webhook,
} from "../support/crms/settings.ts";

const FIELDS = [
  { name: "gameball_tier_name", path: "tier.name" },
  { name: "gameball_tier_order", path: "tier.order" },
  { name: "gameball_activated_points", path: "points.activated" },
  { name: "gameball_pending_points", path: "points.pending" },
  { name: "gameball_total_points", path: "points.total" },
  { name: "gameball_referral_code", path: "referral.code" },
  { name: "gameball_referral_link", path: "referral.link" },
  { name: "gameball_customer_id", path: "customer_id" },
];
/** What is worth a call by default; a customer's id never changes. */
const PATHS = [
  "tier.name",
  "tier.order",
  "points.activated",
  "points.pending",
  "points.total",
  "referral.code",
  "referral.link",
];

/** Formats that are a CRM's own API, or that are not. */
const formats = (isCrm: boolean): FormatName[] =>
  FORMATS.filter((format) => (formatOf(format).crm !== null) === isCrm);

describe("a destination with a CRM's own API", () => {
  it.each([
    [
      hubspot,
      {
        url: "https://api.hubapi.com",
        headers: { authorization: "Bearer token-of-the-crm" },
        batch: 100,
        rate: { limit: 90, perSeconds: 10 },
        key: "email",
      },
    ],
    [
      customerio,
      {
        url: "https://track.customer.io",
        headers: { authorization: `Basic ${btoa("site-of-the-shop:key-of-the-shop")}` },
        batch: 1_000,
        rate: { limit: 100, perSeconds: 1 },
        key: "customer_id",
      },
    ],
    [
      segment,
      {
        url: "https://api.segment.io",
        headers: { authorization: `Basic ${btoa("key-of-the-shop:")}` },
        batch: 2_500,
        rate: { limit: 100, perSeconds: 1 },
        key: "customer_id",
      },
    ],
    [
      iterable,
      {
        url: "https://api.iterable.com",
        headers: { "api-key": "key-of-the-shop" },
        batch: 1_000,
        rate: { limit: 5, perSeconds: 1 },
        key: "email",
      },
    ],
    [
      braze,
      {
        url: "https://rest.iad-01.braze.com",
        headers: { authorization: "Bearer key-of-the-shop" },
        batch: 50,
        rate: { limit: 100, perSeconds: 1 },
        key: "customer_id",
      },
    ],
  ])("has the defaults of its format: $format", (settings, { key, ...defaults }) => {
    expect(read(settings)).toEqual({
      id: "crm",
      format: settings.format,
      ...defaults,
      signingSecret: null,
      topics: ["customer.profile.updated"],
      deliver: "latest",
      onlyOn: key === "email" ? ["email", ...PATHS] : PATHS,
      timeoutMs: 10_000,
      minIntervalMs: 1_000,
      giveUpAfterMs: 72 * 60 * 60 * 1000,
      crm: { key, fields: FIELDS, updateOnly: false },
      oauth: null,
      secrets: expect.any(Array),
    });
  });

  it("takes every setting", () => {
    const settings = {
      ...customerio,
      url: "https://track-eu.customer.io",
      headers: { "x-shop": "acme" },
      topics: ["customer.profile.updated"],
      deliver: "latest",
      fields: { tier: "tier.name", city: "attributes.city", id: "customer_id" },
      key: "gb_customer_id",
      update_only: true,
      batch: 7,
      rate: { limit: 3, per_seconds: 2 },
    };
    expect(read(settings)).toMatchObject({
      url: "https://track-eu.customer.io",
      headers: { "x-shop": "acme", authorization: expect.stringMatching(/^Basic /) },
      batch: 7,
      rate: { limit: 3, perSeconds: 2 },
      onlyOn: ["gb_customer_id", "tier.name", "attributes.city"],
      crm: {
        key: "gb_customer_id",
        fields: [
          { name: "tier", path: "tier.name" },
          { name: "city", path: "attributes.city" },
          { name: "id", path: "customer_id" },
        ],
        updateOnly: true,
      },
    });
  });

  it("is called for what only_on says where it says so", () => {
    for (const onlyOn of [["tier"], []]) {
      expect(read({ ...hubspot, only_on: onlyOn })).toMatchObject({ onlyOn });
    }
  });

  it.each([
    ["/fields", { fields: ["tier.name"] }],
    ["/fields", { fields: {} }],
    ["/fields/tier", { fields: { tier: "tier" } }],
    ["/fields/tier", { fields: { tier: "tier.colour" } }],
    ["/fields/all", { fields: { all: "attributes" } }],
    ["/fields/none", { fields: { none: "attributes." } }],
    ["/fields/id", { fields: { id: "event_id" } }],
    ["/fields/tier", { fields: { tier: 1 } }],
    ["/fields", { fields: { "": "tier.name" } }],
    ["/key", { key: "mobile_number" }],
    ["/update_only", { update_only: "yes" }],
    ["/only_on/0", { only_on: ["colour"] }],
  ])("is refused for its %s alone: %j", (pointer, settings) => {
    expect(faults({ ...hubspot, ...settings }).map(([where]) => where)).toEqual([pointer]);
  });

  it("must have the key among its fields where the CRM finds customers by a field", () => {
    const fields = { tier: "tier.name" };
    expect(faults({ ...hubspot, key: "customer_id", fields })).toEqual([
      ["/fields", "must map customer_id, which is the key"],
    ]);
    expect(faults({ ...hubspot, key: "gb_customer_id" })).toEqual([
      ["/fields", "must map gb_customer_id, which is the key"],
    ]);
    expect(faults({ ...hubspot, key: "email", fields })).toEqual([]);
    expect(faults({ ...hubspot, key: "customer_id" })).toEqual([]);
    for (const settings of [customerio, segment, iterable, braze]) {
      expect(faults({ ...settings, key: "gb_customer_id", fields })).toEqual([]);
    }
  });

  it.each([
    [hubspot, "HubSpot"],
    [segment, "Segment"],
    [iterable, "Iterable"],
  ])("is refused update_only where there is no such choice: $format", (settings, name) => {
    for (const updateOnly of [true, false]) {
      expect(faults({ ...settings, update_only: updateOnly })).toEqual([
        ["/update_only", `is no choice that ${name} gives`],
      ]);
    }
  });

  it.each([customerio, braze])("may be told to create nobody: $format", (settings) => {
    for (const updateOnly of [true, false]) {
      const output = read({ ...settings, update_only: updateOnly });
      expect(output.crm).toMatchObject({ updateOnly });
    }
  });

  it.each([
    [hubspot, 100],
    [customerio, 1_000],
    [segment, 2_500],
    [iterable, 1_000],
    [braze, 75],
  ])("has no larger batch than its format: $format", (settings, most) => {
    expect(read({ ...settings, batch: most }).batch).toBe(most);
    expect(faults({ ...settings, batch: most + 1 })).toEqual([
      ["/batch", `must be at most ${most}`],
    ]);
  });

  it("needs a URL where the API of each account begins elsewhere", () => {
    expect(faults({ ...braze, url: undefined })).toEqual([["/url", "is missing"]]);
    expect(faults({ ...braze, url: "http://rest.iad-01.braze.com" })).toEqual([
      ["/url", "must begin with https://"],
    ]);
  });

  it.each(formats(true))("is refused the settings of events: %s", (format) => {
    const found = faults({ ...webhook, format, signing_secret: SIGNING, deliver: "every" });
    const detail = `is no setting of the format ${format}`;
    expect(found).toContainEqual(["/signing_secret", detail]);
    expect(found).toContainEqual(["/deliver", detail]);
  });

  it("is told everything that does not fit together at once", () => {
    const settings = {
      ...hubspot,
      signing_secret: "${SIGNING}",
      deliver: "every",
      topics: ["customer.notification.push"],
      key: "gb_customer_id",
      update_only: true,
      batch: 101,
      credentials: { password: "x" },
    };
    expect(faults(settings).map(([pointer]) => pointer)).toEqual(
      expect.arrayContaining([
        "/topics",
        "/signing_secret",
        "/deliver",
        "/fields",
        "/update_only",
        "/batch",
        "/credentials/password",
        "/credentials/token",
      ]),
    );
  });
});

describe("a destination that gets events", () => {
  it.each(formats(false))("is refused the settings of a CRM's own API: %s", (format) => {
    const settings = {
      ...webhook,
      format,
      credentials: { token: "${TOKEN}" },
      fields: { tier: "tier.name" },
      key: "email",
      update_only: false,
    };
    const detail = `is no setting of the format ${format}`;
    expect(faults(settings)).toEqual([
      ["/credentials", detail],
      ["/fields", detail],
      ["/key", detail],
      ["/update_only", detail],
    ]);
  });

  it("may have CloudEvents of both topics, each in its order, signed, up to a thousand in a batch", () => {
    const settings = {
      ...cloudevents,
      topics: ["customer.profile.updated", "customer.notification.push"],
      deliver: "every",
      signing_secret: "${SIGNING}",
      batch: 1_000,
    };
    expect(read(settings)).toMatchObject({
      format: "cloudevents",
      deliver: "every",
      signingSecret: SIGNING,
      batch: 1_000,
      crm: null,
    });
    expect(faults({ ...cloudevents, batch: 1_001 })).toEqual([["/batch", "must be at most 1000"]]);
    expect(faults({ ...cloudevents, url: undefined })).toEqual([["/url", "is missing"]]);
  });
});
