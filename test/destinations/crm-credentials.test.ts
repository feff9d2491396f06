// What lets the relay into a CRM's own API: which credentials each format needs, and that nobody is shown them.
import { describe, expect, it } from "vitest";
import { FORMATS } from "../../src/destinations/destination.ts";
import {
  braze,
  customerio,
  faults,
  hubspot,
  iterable,
  read,
  SECRETS,
  segment,
} from "../support/crms/settings.ts";

describe("a destination with a CRM's own API", () => {
  it("needs its credentials, all of them", () => {
    for (const credentials of [undefined, {}, { site_id: "", api_key: "" }]) {
      expect(faults({ ...customerio, credentials })).toEqual([
        ["/credentials/site_id", "is missing"],
        ["/credentials/api_key", "is missing"],
      ]);
    }
    expect(faults({ ...customerio, credentials: { site_id: "${SITE}" } })).toEqual([
      ["/credentials/api_key", "is missing"],
    ]);
  });

  it("is refused credentials that its format does not know", () => {
    const credentials = { token: "${TOKEN}", password: "x" };
    expect(faults({ ...hubspot, credentials })).toEqual([
      ["/credentials/password", "must be among token"],
    ]);
    expect(faults({ ...customerio, credentials })).toEqual([
      ["/credentials/token", "must be among site_id, api_key"],
      ["/credentials/password", "must be among site_id, api_key"],
      ["/credentials/site_id", "is missing"],
      ["/credentials/api_key", "is missing"],
    ]);
  });

  it.each([
    ["/credentials", { credentials: ["${TOKEN}"] }],
    ["/credentials", { credentials: "${TOKEN}" }],
    ["/credentials/token", { credentials: { token: 1 } }],
    ["/credentials/token", { credentials: { token: "${NOT_SET}" } }],
  ])("is refused for its %s alone: %j", (pointer, settings) => {
    expect(faults({ ...hubspot, ...settings }).map(([where]) => where)).toEqual([pointer]);
  });

  it.each([
    [hubspot, "Authorization"],
    [customerio, "authorization"],
    [segment, "AUTHORIZATION"],
    [iterable, "Api-Key"],
    [braze, "authorization"],
  ])("may have a header instead of credentials, and not both: $format", (settings, name) => {
    const headers = { [name]: "Custom ${TOKEN}" };
    const output = read({ ...settings, credentials: undefined, headers });
    expect(output.headers).toEqual({ [name.toLowerCase()]: "Custom token-of-the-crm" });
    expect(output.secrets).toEqual(["token-of-the-crm"]);
    expect(faults({ ...settings, headers })).toEqual([
      ["/headers", `must not set ${name.toLowerCase()}: credentials do`],
    ]);
  });

  it("is not let in by the header of another format", () => {
    const headers = { authorization: "Bearer ${KEY}" };
    expect(faults({ ...iterable, credentials: undefined, headers })).toEqual([
      ["/credentials/api_key", "is missing"],
    ]);
  });
});

describe("the secrets of a CRM's own API", () => {
  it.each([
    [hubspot, ["token-of-the-crm"]],
    // Base64's padding is no part of what must not be shown.
    [
      customerio,
      [
        "site-of-the-shop",
        "key-of-the-shop",
        btoa("site-of-the-shop:key-of-the-shop").replace(/=+$/, ""),
      ],
    ],
    [segment, ["key-of-the-shop", btoa("key-of-the-shop:").replace(/=+$/, "")]],
    [iterable, ["key-of-the-shop"]],
    [braze, ["key-of-the-shop"]],
  ])("are remembered, and what is made of them: $format", (settings, secrets) => {
    expect(read(settings).secrets.toSorted()).toEqual(secrets.toSorted());
  });

  it("are remembered where they are written out, or short", () => {
    const writtenOut = { ...hubspot, credentials: { token: "written-out-token" } };
    expect(read(writtenOut).secrets).toEqual(["written-out-token"]);
    const short = { ...hubspot, credentials: { token: "${SHORT}" } };
    expect(read(short).secrets).toEqual(["s3c"]);
  });

  it("are in no fault, whatever is wrong", () => {
    // Some are named where they may be, and some are pasted where they may not.
    const { KEY: key } = SECRETS;
    const wrong = {
      url: "http://user:${KEY}@crm.example.com/${TOKEN}",
      headers: { authorization: "Bearer ${TOKEN}", "x-key": "${KEY}\n" },
      signing_secret: "${KEY}",
      topics: [key],
      fields: { tier: key },
      key,
      update_only: key,
      batch: key,
      only_on: [key],
    };
    const credentials = { token: "${TOKEN}", other: "${KEY}" };
    for (const format of FORMATS) {
      const single = Object.entries(wrong).map(([name, value]) => ({ [name]: value }));
      for (const change of [wrong, ...single, { signing_secret: "${SIGNING}" }]) {
        const found = faults({ id: "crm", format, credentials, ...change });
        expect(found).not.toEqual([]);
        const text = JSON.stringify(found);
        for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret);
      }
    }
  });
});
