// Who may do what in the dashboard, and what its answers never hold.
import { describe, expect, it } from "vitest";
import {
  API_READ_TOKEN,
  API_TOKEN,
  SECRET_KEY,
  SIGNING_SECRET,
  testBindings,
} from "../support/bindings.ts";
import { Guest, wordsOf } from "../support/dashboard.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { inLedger, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();
const operator = new OperatorClient(relay);

const PAGES = ["/", "/destinations/one", "/customers", "/customers?q=ann", "/customers/ann"];
const ORDERS = [
  ["/destinations/one", { order: "pause" }],
  ["/destinations/one", { order: "resume" }],
  ["/destinations/one", { order: "test" }],
  ["/destinations/one", { order: "backfill", all: "yes" }],
  ["/destinations/one", { order: "replay" }],
  ["/customers/ann", { order: "resync" }],
  ["/customers/ann", { order: "erase", confirmed: "yes" }],
] as const;

async function knowAnn(): Promise<void> {
  await relay.accept(update("ann", 1));
  await relay.stands("ann", "synced");
}

async function guestWith(token: string): Promise<Guest> {
  const guest = new Guest(relay);
  await guest.signIn(token);
  return guest;
}

async function nothingHappened(): Promise<void> {
  await relay.ringAll();
  expect(await operator.look("one")).toMatchObject({ state: "open", backfill: null, replay: null });
  expect(crms.calls("one")).toHaveLength(1);
  expect(await inLedger("ann")).not.toBeNull();
}

describe("nobody who is not signed in", () => {
  it.each(PAGES)("sees %s", async (path) => {
    const answer = await new Guest(relay).get(path);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toMatch(/^\/sign-in\?next=/);
    expect(answer.text).toBe("");
  });

  it.each(ORDERS)("does anything at %s by %j", async (path, form) => {
    await knowAnn();
    const answer = await new Guest(relay).send(path, form);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/sign-in?next=%2F"]);
    await nothingHappened();
  });
});

describe("a form", () => {
  it.each(ORDERS)("at %s with %j is refused without the session's own mark", async (path, form) => {
    await knowAnn();
    const guest = await guestWith(API_TOKEN);
    const other = await guestWith(API_TOKEN);
    for (const csrf of [{}, { csrf: "" }, { csrf: "made-up" }, { csrf: await other.csrf() }]) {
      const answer = await guest.send(path, { ...form, ...csrf });
      expect(answer.status).toBe(403);
      expect(wordsOf(answer)).toContain("Load the page again");
    }
    await nothingHappened();
  });

  it.each(ORDERS)("at %s with %j is refused to whoever may only read", async (path, form) => {
    await knowAnn();
    const answer = await (await guestWith(API_READ_TOKEN)).order(path, form);
    expect(answer.status).toBe(403);
    expect(wordsOf(answer)).toContain("The token may only read");
    await nothingHappened();
  });

  it.each(["", "explode", "erase"])("that asks for %j does nothing, and says so", async (order) => {
    await knowAnn();
    const answer = await (await guestWith(API_TOKEN)).order("/destinations/one", { order });
    expect(wordsOf(answer)).toContain("Nothing was done");
    await nothingHappened();
  });

  it("that sends a customer to a destination that there is not does nothing, and says so", async () => {
    await knowAnn();
    const form = { order: "resync", destination: "nothing-such" };
    const answer = await (await guestWith(API_TOKEN)).order("/customers/ann", form);
    expect(wordsOf(answer)).toContain("Nothing was done");
    await nothingHappened();
  });

  it("that would forget a customer does not do so unconfirmed", async () => {
    await knowAnn();
    const answer = await (await guestWith(API_TOKEN)).order("/customers/ann", { order: "erase" });
    expect(wordsOf(answer)).toContain("Nothing was forgotten");
    await nothingHappened();
  });

  it("above 16 KB is not read", async () => {
    const guest = await guestWith(API_TOKEN);
    const answer = await guest.send("/destinations/one", { order: "x".repeat(17_000) });
    expect(answer.status).toBe(413);
  });
});

describe("no page", () => {
  it.each([...PAGES, "/sign-in", "/customers/nobody", "/destinations/nothing"])(
    "lets anything in but the relay's own, or is kept anywhere: %s",
    async (path) => {
      await knowAnn();
      const { headers, text } = await (await guestWith(API_TOKEN)).get(path);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(text).not.toMatch(/ style=| on[a-z]+=|https?:/);
    },
  );

  it("holds a secret", async () => {
    crms.answers("one", () => new Response(`no key ${testBindings.ONE_TOKEN}`, { status: 401 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "held", ["one"]);
    const guest = await guestWith(API_TOKEN);
    const secrets = [API_TOKEN, API_READ_TOKEN, SECRET_KEY, SIGNING_SECRET, testBindings.ONE_TOKEN];
    for (const path of PAGES) {
      const { text } = await guest.get(path);
      for (const secret of [...secrets, "one.example.com"]) expect(text).not.toContain(secret);
    }
  });

  it("takes what customers are called, or a CRM says, for HTML", async () => {
    const name = `<img src=x onerror=alert(1)>"'&`;
    crms.answers("one", () => new Response("<script>alert(2)</script>", { status: 422 }));
    await relay.accept(update(name, 1, { email: "<b>@example.com", tier_name: "<i>" }));
    await relay.stands(name, "dead", ["one"]);
    const guest = await guestWith(API_TOKEN);
    const path = `/customers/${encodeURIComponent(name)}`;
    for (const page of [
      path,
      "/destinations/one",
      "/",
      `/customers?q=${encodeURIComponent(name + "?")}`,
    ]) {
      const { status, text } = await guest.get(page);
      expect(status).toBe(200);
      expect(text).not.toMatch(/<img|<b>@|<i>|<script>/);
    }
    expect((await guest.get(path)).text).toContain("&lt;img src=x onerror=alert(1)&gt;");
  });
});

describe("an asset", () => {
  it.each([
    ["/assets/style.css", "text/css"],
    ["/assets/live.js", "text/javascript"],
    ["/assets/icon.svg", "image/svg+xml"],
  ])(
    "%s is there for everybody, asked for again each time, and sent only when it changed",
    async (path, type) => {
      const answer = await relay.ask(path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toContain(type);
      expect(answer.headers.get("cache-control")).toBe("private, no-cache");
      const etag = answer.headers.get("etag") ?? "";
      const again = await relay.ask(path, { headers: { "if-none-match": etag } });
      expect(again.status).toBe(304);
    },
  );
});

describe("a relay that is not configured", () => {
  it("says on its page what is wrong, and shows no value", async () => {
    const broken = relayWith({
      DESTINATIONS: [{ id: "x", url: "http://10.0.0.1/?key=pasted-secret" }],
      API_TOKEN: "",
    });
    const answer = await broken.ask("/");
    expect(answer.status).toBe(503);
    const words = wordsOf(answer);
    expect(words).toContain("/API_TOKEN is not set: npx wrangler secret put API_TOKEN");
    expect(words).toContain("/DESTINATIONS/0/url");
    expect(answer.text).not.toContain("pasted-secret");
  });
});
