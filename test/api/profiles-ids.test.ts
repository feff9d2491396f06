// Awkward customer ids: each finds its own profile by its path, and none fails the relay.
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { API_TOKEN } from "../support/bindings.ts";
import { expectProblem } from "../support/problems.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const AWKWARD = [
  ["a slash", "a/b"],
  ["slashes only", "//"],
  ["a percent sign", "100%"],
  ["what looks like an escaped slash", "%2F"],
  ["what looks escaped twice", "%252F"],
  ["broken escapes", "%E0%A4%A"],
  ["the name of a route", "deliveries"],
  ["the path of a route", "a/deliveries"],
  ["a query and a fragment", "a?consistency=strong#b"],
  ["spaces and a plus", " a b+c "],
  ["a back slash", "a\\b"],
  ["an address", "jane+shop@example.com"],
  ["Unicode", "Zoë/用户/😀"],
  ["a character of two code points", "e\u0301"],
  ["a null character", "a\u0000b"],
  ["a line break", "a\r\nb"],
  ["a method's name", "__proto__"],
  ["three dots", "..."],
  ["SQL", "'; DROP TABLE customers; --"],
  ["512 bytes", "é".repeat(256)],
] as const;

describe("a customer's id with", () => {
  it.each(AWKWARD)("%s is stored, looked up and erased under itself", async (_, id) => {
    await relay.accept(update(id, 1));
    await relay.accept(update(`${id.slice(0, 100)}.`, 2));
    await relay.stands(id, "synced");

    expect((await relay.profile(id))?.customer_id).toBe(id);
    expect((await relay.profile(id, "strong"))?.customer_id).toBe(id);
    expect(await env.PROFILES.get(id, "json")).toMatchObject({ customer_id: id });

    expect(await relay.erase(id)).toBe(204);
    expect(await relay.profile(id)).toBeNull();
    expect((await relay.profile(`${id.slice(0, 100)}.`))?.points.total).toBe(2);
  });

  it("letters beyond ASCII is another than the same letters composed otherwise", async () => {
    await relay.accept(update("e\u0301", 1));
    expect(await relay.profile("\u00e9")).toBeNull();
  });
});

describe("an id that no customer can have", () => {
  it.each([
    ["513 bytes", "x".repeat(513)],
    ["513 bytes in fewer characters", `${"é".repeat(256)}x`],
    ["thousands of bytes", "x".repeat(8_000)],
  ])("of %s is nobody's", async (_, id) => {
    for (const rest of ["", "?consistency=strong", "/deliveries"]) {
      expectProblem(await relay.get(profilePath(id) + rest), 404, "not-found");
    }
    expect(await relay.erase(id)).toBe(404);
  });

  it.each(["/v1/profiles/", "/v1/profiles/.", "/v1/profiles/%2e%2e"])(
    "is nobody's in the path %s",
    async (path) => {
      expectProblem(await relay.get(path), 404, "not-found");
    },
  );
});

describe("any path under /v1/profiles", () => {
  const segment = fc.oneof(
    fc
      .string({ unit: "binary", maxLength: 600 })
      .map((text) => encodeURIComponent(text.toWellFormed())),
    fc.stringMatching(/^(%[0-9A-Fa-f]{2}){1,8}$/),
    fc.stringMatching(/^[%./\\a-z0-9+?#&=;:@~-]{1,40}$/),
    fc.constantFrom("%", "%%", "%2", "%zz", "%00", "%ff", "%c0%af", "%ed%a0%80", "..%2f..", ";a"),
  );
  const rest = fc.constantFrom("", "/", "/deliveries", "?consistency=strong", "/deliveries/x");

  it("is answered without failing, whatever it holds", { timeout: 60_000 }, async () => {
    const seen = new Set<number>();
    const method = fc.constantFrom("GET", "GET", "DELETE", "POST", "PUT");
    const headers = { authorization: `Bearer ${API_TOKEN}` };
    const inProcess = relayWith({});
    const property = fc.asyncProperty(segment, rest, method, async (id, end, name) => {
      const path = `/v1/profiles/${id}${end}`;
      if (!URL.canParse(`https://relay.test${path}`)) return;
      const { status } = await inProcess.ask(path, { method: name, headers });
      seen.add(status);
      expect([204, 404]).toContain(status);
    });
    await fc.assert(property, { numRuns: 2_000 });
    expect(seen).toEqual(new Set([204, 404]));
  });
});
