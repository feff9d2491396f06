// Signing in to the dashboard: who is let in, for how long, and what a stolen or made-up cookie is good for.
import { describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { Guest, wordsOf } from "../support/dashboard.ts";
import { moveClock, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

const HOUR_MS = 60 * 60 * 1000;

withRelay();

/** How somebody is answered by a relay that was changed since. */
async function statusAt(changes: Readonly<Record<string, unknown>>, { cookie }: Guest) {
  return (await relayWith(changes).ask("/", { headers: { cookie }, redirect: "manual" })).status;
}

const isIn = async (guest: Guest) => (await guest.get("/")).status === 200;

describe("signing in", () => {
  it.each([API_TOKEN, API_READ_TOKEN, `  ${API_TOKEN}\n`])(
    "lets in whoever has %j",
    async (token) => {
      const guest = new Guest(relay);
      const answer = await guest.signIn(token);
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toBe("/");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(await isIn(guest)).toBe(true);
    },
  );

  it("gives a cookie that no script reads, no other site sends and no plain connection carries", async () => {
    const { headers } = await new Guest(relay).signIn();
    const [pair = "", ...attributes] = (headers.get("set-cookie") ?? "").split("; ");
    expect(pair).toMatch(/^__Host-session=/);
    expect(attributes.toSorted()).toEqual([
      "HttpOnly",
      "Max-Age=43200",
      "Path=/",
      "SameSite=Strict",
      "Secure",
    ]);
    expect(pair).not.toContain(API_TOKEN);
  });

  it.each(["", "wrong", API_TOKEN.toUpperCase(), `${API_TOKEN}x`])(
    "does not let in whoever has %j, and does not repeat it",
    async (token) => {
      const guest = new Guest(relay);
      const answer = await guest.signIn(token);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(wordsOf(answer)).toContain("neither API_TOKEN nor API_READ_TOKEN");
      expect(answer.text).not.toContain(`value="${token || "none"}"`);
      expect(await isIn(guest)).toBe(false);
    },
  );

  it("does not let in an empty token where no read token is set", async () => {
    const guest = new Guest(relayWith({ API_READ_TOKEN: undefined }));
    expect((await guest.signIn("")).status).toBe(401);
  });

  it("leads to where somebody wanted to go, and nowhere else", async () => {
    const asked = await new Guest(relay).get("/customers?q=ann%40example.com");
    expect(asked.status).toBe(303);
    const location = asked.headers.get("location") ?? "";
    expect(location).toBe("/sign-in?next=%2Fcustomers%3Fq%3Dann%2540example.com");
    const page = await new Guest(relay).get(location);
    expect(page.text).toContain('name="next" value="/customers?q=ann%40example.com"');
    const next = "/customers?q=ann%40example.com";
    expect((await new Guest(relay).signIn(API_TOKEN, next)).headers.get("location")).toBe(next);
  });

  it.each([
    "https://evil.example.com/",
    "//evil.example.com",
    "/\\evil.example.com",
    "javascript:0",
    "/\u0000",
    "/caf\u00e9",
    "",
  ])("does not lead to %j", async (next) => {
    const answer = await new Guest(relay).signIn(API_TOKEN, next);
    expect(answer.headers.get("location")).toBe("/");
    const page = await new Guest(relay).get(`/sign-in?next=${encodeURIComponent(next)}`);
    expect(page.text).toContain('name="next" value="/"');
  });

  it.each(["/customers/a%20b", "/customers/a%5Cb", "/customers/%E4%B8%AD%2Fb", "/customers/%00"])(
    "leads back to %s, letter by letter",
    async (path) => {
      const asked = await new Guest(relay).get(path);
      const location = new URL(asked.headers.get("location") ?? "", "https://relay.test");
      expect(location.searchParams.get("next")).toBe(path);
      expect((await new Guest(relay).signIn(API_TOKEN, path)).headers.get("location")).toBe(path);
    },
  );

  it.each(["cross-site", "same-site"])("is refused to a form from elsewhere (%s)", async (site) => {
    const answer = await relay.ask("/sign-in", {
      method: "POST",
      redirect: "manual",
      headers: { "sec-fetch-site": site, "content-type": "application/x-www-form-urlencoded" },
      body: `token=${API_TOKEN}`,
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("is limited to ten attempts a minute from an address, right or wrong", async () => {
    const guest = new Guest(relay, "198.51.100.7");
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await guest.signIn("wrong")).status).toBe(401);
    }
    const answer = await guest.signIn(API_TOKEN);
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("60");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect(wordsOf(answer)).toContain("Too many attempts");
    expect((await new Guest(relay, "198.51.100.8").signIn()).status).toBe(303);
  });

  it("counts all addresses of an IPv6 network together", async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await new Guest(relay, `2001:db8:7:1::${attempt}`).signIn("wrong");
    }
    expect((await new Guest(relay, "2001:db8:7:1:ffff::1").signIn()).status).toBe(429);
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await new Guest(relay, `2001:db8::${attempt}:1:1:1`).signIn("wrong");
    }
    expect((await new Guest(relay, "2001:0db8:0:0::1").signIn()).status).toBe(429);
    expect((await new Guest(relay, "2001:db8:7:2::1").signIn()).status).toBe(303);
  });

  it("is not possible where attempts are not limited, and says why", async () => {
    const guest = new Guest(relayWith({ SIGN_INS: undefined }));
    const answer = await guest.signIn();
    expect(answer.status).toBe(503);
    expect(wordsOf(answer)).toContain("the binding SIGN_INS");
    expect(answer.headers.get("set-cookie")).toBeNull();
  });
});

describe("a session", () => {
  it("ends after 12 hours, whatever the browser keeps", async () => {
    const guest = new Guest(relay);
    await guest.signIn();
    moveClock(12 * HOUR_MS - 60_000);
    expect(await isIn(guest)).toBe(true);
    moveClock(61_000);
    expect(await isIn(guest)).toBe(false);
  });

  it("ends with the token that opened it, and with no other", async () => {
    const operator = new Guest(relay);
    const reader = new Guest(relay);
    await operator.signIn(API_TOKEN);
    await reader.signIn(API_READ_TOKEN);
    expect(await statusAt({ API_TOKEN: "another" }, operator)).toBe(303);
    expect(await statusAt({ API_TOKEN: "another" }, reader)).toBe(200);
    expect(await statusAt({ API_READ_TOKEN: "another" }, operator)).toBe(200);
    expect(await statusAt({ API_READ_TOKEN: "another" }, reader)).toBe(303);
    expect(await statusAt({ API_READ_TOKEN: undefined }, reader)).toBe(303);
  });

  it("cannot be made longer, made up, or made an operator's", async () => {
    const reader = new Guest(relay);
    await reader.signIn(API_READ_TOKEN);
    const [name = "", value = ""] = reader.cookie.split("=");
    const [endsAt = "", nonce = "", signature = ""] = decodeURIComponent(value).split(".");
    const later = `${Number(endsAt) + HOUR_MS}.${nonce}.${signature}`;
    for (const forged of [
      later,
      `${endsAt}.${nonce}`,
      `${endsAt}.${nonce}.`,
      "",
      "a.b.c",
      signature,
    ]) {
      const guest = new Guest(relay);
      guest.cookie = `${name}=${encodeURIComponent(forged)}`;
      expect(await isIn(guest)).toBe(false);
    }
  });

  it("ends in this browser by signing out", async () => {
    const guest = new Guest(relay);
    await guest.signIn();
    const answer = await guest.order("/sign-out", {});
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/sign-in");
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-session=; Max-Age=0; Path=\/; Secure/,
    );
  });

  it("lets nobody use the API, which takes bearer tokens alone", async () => {
    const guest = new Guest(relay);
    await guest.signIn();
    expect((await guest.get("/v1/destinations")).status).toBe(401);
    expect((await guest.order("/v1/destinations/one/pause", {})).status).toBe(401);
  });
});
