// The lookup store against real Workers KV.
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { readProfile, storeProfile } from "../../src/profile/store.ts";
import { customerIdOf, sampleProfile } from "../support/samples.ts";

const id = customerIdOf("webhook-test");
afterEach(reset);

describe("the profile store", () => {
  it("gives back the profile that was stored", async () => {
    const profile = sampleProfile({ attributes: { nested: { list: [1, null, "é"] } } });
    await storeProfile(env.PROFILES, id, profile);
    expect(await readProfile(env.PROFILES, id)).toEqual(profile);
  });

  it("stores under the customer's id exactly, and nothing but the profile", async () => {
    await storeProfile(env.PROFILES, id, sampleProfile());
    const { keys } = await env.PROFILES.list();
    expect(keys.map(({ name }) => name)).toEqual(["webhook-test"]);
    expect(await env.PROFILES.get("webhook-test", "json")).toEqual(sampleProfile());
  });

  it.each(["a/b", "%2F", "100%", "é😀", " ", "a?b#c", "x".repeat(512)])(
    "keeps the customer %j apart from all others",
    async (text) => {
      const awkward = customerIdOf(text);
      await storeProfile(env.PROFILES, awkward, sampleProfile({ customer_id: awkward }));
      expect((await readProfile(env.PROFILES, awkward))?.customer_id).toBe(text);
      const { keys } = await env.PROFILES.list();
      expect(keys.map(({ name }) => name)).toEqual([text]);
    },
  );

  it("removes a customer whose profile is none any more, however often", async () => {
    await storeProfile(env.PROFILES, id, sampleProfile());
    await storeProfile(env.PROFILES, id, null);
    await storeProfile(env.PROFILES, id, null);
    expect(await readProfile(env.PROFILES, id)).toBeNull();
  });

  it.each([
    ["nothing", null],
    ["no JSON", "<html>"],
    ["another JSON", '{"customer_id":"webhook-test"}'],
    ["a list", JSON.stringify([sampleProfile()])],
    ["an empty value", ""],
    ["a profile with a number for an email", JSON.stringify({ ...sampleProfile(), email: 1 })],
    ["a profile without attributes", JSON.stringify({ ...sampleProfile(), attributes: null })],
  ])("finds no profile where KV holds %s", async (_, value) => {
    if (value !== null) await env.PROFILES.put(id, value);
    expect(await readProfile(env.PROFILES, id)).toBeNull();
  });

  it("keeps attributes called like the inside of JavaScript's objects", async () => {
    const json = '{"constructor":1,"prototype":2,"__proto__":3}';
    const attributes = JSON.parse(json) as Record<string, unknown>;
    await storeProfile(env.PROFILES, id, sampleProfile({ attributes }));
    expect(JSON.stringify((await readProfile(env.PROFILES, id))?.attributes)).toBe(json);
  });
});
