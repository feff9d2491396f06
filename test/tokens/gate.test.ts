// The gate of a destination whose access tokens expire: one token for all who ask, for as long as it lasts.
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { gateOf } from "../../src/gate/client.ts";
import { CLIENT, REFRESH_TOKEN } from "../support/crms/tokens.ts";
import { bindings, moveClock } from "../support/relay-in-workerd.ts";
import { withVendors } from "../support/vendors-in-workerd.ts";

const vendors = withVendors();

const MINUTE_MS = 60_000;
const TOKEN_PAGE = "acme.my.salesforce.com/services/oauth2/token";

const stub = (id = "salesforce") => env.GATES.getByName(id);
const ask = (rejected: string | null = null, id = "salesforce") =>
  gateOf(bindings, id).accessToken(rejected);

/** A token that must be given. */
async function tokenOf(asked: ReturnType<typeof ask>): Promise<string> {
  const access = await asked;
  if (access.kind !== "token") throw new Error(`no token, but ${JSON.stringify(access)}`);
  return access.token;
}

/** Puts something in the place of a gate's token, as if it had been stored before the object came up. */
async function store(value: unknown, id = "salesforce"): Promise<void> {
  await runInDurableObject(stub(id), (_, { storage }) => storage.kv.put("token", value));
  await abortAllDurableObjects();
}

const stored = (id = "salesforce") =>
  runInDurableObject(stub(id), (_, { storage }) => storage.kv.get("token"));

describe("a gate asks for a token", () => {
  it("once for any number of consumers that ask at the same time", async () => {
    const tokens = await Promise.all(Array.from({ length: 50 }, async () => tokenOf(ask())));
    expect(new Set(tokens).size).toBe(1);
    expect(vendors.salesforce.tokens.asked).toBe(1);
    expect(vendors.zoho.tokens.asked).toBe(0);
  });

  it("by the grant that the credentials make", async () => {
    await ask();
    await ask(null, "zoho");
    const { client_id: id, client_secret: secret } = CLIENT;
    const client = `client_id=${id}&client_secret=${secret}`;
    const requests = [vendors.salesforce, vendors.zoho].flatMap(({ calls }) =>
      calls.map(({ request }) => [request.path, request.body]),
    );
    expect(requests).toEqual([
      ["/services/oauth2/token", `grant_type=client_credentials&${client}`],
      ["/oauth/v2/token", `grant_type=refresh_token&refresh_token=${REFRESH_TOKEN}&${client}`],
    ]);
  });

  // Aborted, not evicted: an eviction would wait for the timeout of the request for the token.
  it("not again when its object was lost and comes back", async () => {
    const token = await tokenOf(ask());
    await abortAllDurableObjects();
    expect(await tokenOf(ask())).toBe(token);
    expect(vendors.salesforce.tokens.asked).toBe(1);
  });

  it.each([
    ["salesforce", "which does not say how long one lasts", 29],
    ["zoho", "which says an hour", 59],
  ])("of %s, %s, anew after %d minutes", async (id, _, minutes) => {
    moveClock(0);
    const token = await tokenOf(ask(null, id));
    moveClock(minutes * MINUTE_MS - 1);
    expect(await tokenOf(ask(null, id))).toBe(token);
    moveClock(1);
    const renewed = await tokenOf(ask(null, id));
    expect(renewed).not.toBe(token);
    expect(await tokenOf(ask(null, id))).toBe(renewed);
  });

  it("once for all whose token was rejected, and gives it to all from then on", async () => {
    const token = await tokenOf(ask());
    const renewed = await Promise.all(Array.from({ length: 50 }, async () => tokenOf(ask(token))));
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(token);
    expect(await tokenOf(ask(token))).toBe(renewed[0]);
    expect(await tokenOf(ask())).toBe(renewed[0]);
    expect(vendors.salesforce.tokens.asked).toBe(2);
  });

  it("where what is stored was given to another client, or to one with another secret", async () => {
    const first = await tokenOf(ask());
    const known = (await stored()) as object;
    await store({ ...known, client: "another" });
    const second = await tokenOf(ask());
    expect(second).not.toBe(first);
    expect(await stored()).toMatchObject({
      ...known,
      token: second,
      expiresAt: expect.any(Number),
    });
  });

  it.each(["a token", { token: 7 }, { client: "x", token: "y", expiresAt: 1.5 }])(
    "where it cannot read what is stored: %j",
    async (value) => {
      await store(value);
      await tokenOf(ask());
      expect(vendors.salesforce.tokens.asked).toBe(1);
    },
  );

  it("again after it got none", async () => {
    vendors.answers(TOKEN_PAGE, () => new Response("down", { status: 503 }));
    expect(await ask()).toEqual({
      kind: "retry",
      status: 503,
      error: "no access token: HTTP 503: down",
      afterMs: null,
    });
    vendors.answers(TOKEN_PAGE, null);
    await tokenOf(ask());
  });
});

describe("a gate's token", () => {
  it("lies beside nothing that would tell of the client's secrets", async () => {
    await ask(null, "zoho");
    const text = JSON.stringify(await stored("zoho"));
    for (const secret of [...Object.values(CLIENT), REFRESH_TOKEN])
      expect(text).not.toContain(secret);
  });

  it("is in no view of the gate", async () => {
    const token = await tokenOf(ask());
    expect(JSON.stringify(await gateOf(bindings, "salesforce").view())).not.toContain(token);
  });

  it("is forgotten with its destination", async () => {
    await store({ client: "x", token: "y", expiresAt: 1 }, "gone");
    await gateOf(bindings, "gone").forget();
    expect(await stored("gone")).toBeUndefined();
    await ask();
    await gateOf(bindings, "salesforce").forget();
    expect(await stored()).toBeDefined();
  });

  it("is there for nobody whose destination has none", async () => {
    expect(await ask(null, "gone")).toEqual({
      kind: "retry",
      status: null,
      error: "no access token: it is not configured",
      afterMs: null,
    });
  });
});
