// The cache of one OAuth client's token: when the known one does, and when a new one is asked for.
import { describe, expect, it } from "vitest";
import type { OAuthClient } from "../../src/destinations/destination.ts";
import { digestClient, type StoredToken, TokenCache, usable } from "../../src/gate/token.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const HOUR_MS = 60 * 60 * 1000;
const CLIENT: OAuthClient = {
  tokenUrl: "https://accounts.example.com/token",
  form: { grant_type: "client_credentials", client_id: "id", client_secret: "secret-0123456789" },
  scheme: "Bearer",
};

const stored = (changes: Partial<StoredToken> = {}): StoredToken => ({
  client: "me",
  token: "token-1",
  expiresAt: NOW + HOUR_MS,
  ...changes,
});

/** A store in memory, and a token endpoint that numbers its tokens and answers when it is let. */
class Endpoint {
  stored: StoredToken | null = null;
  bodies: string[] = [];
  answer: () => Response | Promise<Response> = () =>
    Response.json({ access_token: `token-${this.bodies.length}`, expires_in: 3_600 });

  cache(client: OAuthClient = CLIENT): TokenCache {
    const store = {
      readToken: () => this.stored,
      writeToken: (token: StoredToken) => {
        this.stored = token;
      },
    };
    const fetcher: typeof fetch = async (input, init) => {
      expect(input).toBe(client.tokenUrl);
      this.bodies.push(init?.body as string);
      return this.answer();
    };
    return new TokenCache(client, { store, fetcher, secrets: ["secret-0123456789"] });
  }
}

describe("usable", () => {
  it("is a token of the same client, until it expires", () => {
    const known = stored();
    const token = { kind: "token", token: "token-1", expiresAt: NOW + HOUR_MS };
    expect(usable(known, "me", null, NOW)).toEqual(token);
    expect(usable(known, "me", null, NOW + HOUR_MS - 1)).toEqual(token);
    expect(usable(known, "me", null, NOW + HOUR_MS)).toBeNull();
  });

  it("is none where none is known, or only another client's", () => {
    expect(usable(null, "me", null, NOW)).toBeNull();
    expect(usable(stored({ client: "other" }), "me", null, NOW)).toBeNull();
  });

  it("is not the one that was rejected, but one that came after it", () => {
    expect(usable(stored(), "me", "token-1", NOW)).toBeNull();
    expect(usable(stored(), "me", "token-0", NOW)).toMatchObject({ token: "token-1" });
  });
});

describe("digestClient", () => {
  it("tells clients apart by all that they ask with, and shows nothing of it", async () => {
    const { form } = CLIENT;
    const clients: OAuthClient[] = [
      CLIENT,
      { ...CLIENT, tokenUrl: "https://accounts.example.com/other" },
      { ...CLIENT, form: { ...form, client_id: "other" } },
      { ...CLIENT, form: { ...form, client_secret: "rotated" } },
      { ...CLIENT, form: { ...form, refresh_token: "another account's" } },
      { ...CLIENT, form: { ...form, scope: "all" } },
    ];
    const digests = await Promise.all(clients.map(digestClient));
    expect(new Set(digests).size).toBe(clients.length);
    expect(digests).toEqual(digests.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
    expect(await digestClient({ ...CLIENT, form: { ...form } })).toBe(digests[0]);
  });
});

describe("a token cache", () => {
  it("asks once, and keeps the token", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    const first = await cache.get(null, NOW);
    expect(first).toEqual({ kind: "token", token: "token-1", expiresAt: NOW + 3_540_000 });
    expect(await cache.get(null, NOW + 3_539_999)).toEqual(first);
    expect(endpoint.bodies).toEqual([
      "grant_type=client_credentials&client_id=id&client_secret=secret-0123456789",
    ]);
    expect(endpoint.stored).toEqual({
      client: await digestClient(CLIENT),
      token: "token-1",
      expiresAt: NOW + 3_540_000,
    });
  });

  it("asks again when the token has expired", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    await cache.get(null, NOW);
    expect(await cache.get(null, NOW + 3_540_000)).toMatchObject({ token: "token-2" });
  });

  it("asks once for all whose token was rejected, also for those who notice later", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    await cache.get(null, NOW);
    const renewed = await Promise.all([cache.get("token-1", NOW), cache.get("token-1", NOW)]);
    const late = await cache.get("token-1", NOW);
    for (const access of [...renewed, late]) expect(access).toMatchObject({ token: "token-2" });
    expect(endpoint.bodies).toHaveLength(2);
  });

  it("lets the known token be used while another is on its way", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    await cache.get(null, NOW);
    const { promise, resolve } = Promise.withResolvers<Response>();
    endpoint.answer = () => promise;
    const renewed = cache.get("token-1", NOW);
    expect(await cache.get(null, NOW)).toMatchObject({ token: "token-1" });
    resolve(Response.json({ access_token: "token-new" }));
    expect(await renewed).toMatchObject({ token: "token-new" });
  });

  it("does not use what another client was given", async () => {
    const endpoint = new Endpoint();
    await endpoint.cache().get(null, NOW);
    const rotated = { ...CLIENT, form: { ...CLIENT.form, client_secret: "rotated-0123456789" } };
    expect(await endpoint.cache(rotated).get(null, NOW)).toMatchObject({ token: "token-2" });
    expect(endpoint.bodies[1]).toContain("rotated-0123456789");
  });

  it("keeps nothing of a refusal, and asks again the next time", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    endpoint.answer = () => Response.json({ error: "invalid_client" }, { status: 400 });
    const refused = await Promise.all([cache.get(null, NOW), cache.get(null, NOW)]);
    expect(refused.map(({ kind }) => kind)).toEqual(["held", "held"]);
    expect(endpoint.bodies).toHaveLength(1);
    expect(endpoint.stored).toBeNull();
    endpoint.answer = () => Response.json({ access_token: "mended" });
    expect(await cache.get(null, NOW)).toMatchObject({ token: "mended" });
  });

  it("asks again after the endpoint was out of reach", async () => {
    const endpoint = new Endpoint();
    const cache = endpoint.cache();
    endpoint.answer = () => {
      throw new Error("no route for secret-0123456789");
    };
    expect(await cache.get(null, NOW)).toEqual({
      kind: "retry",
      status: null,
      error: "no access token: the connection failed: no route for ***",
      afterMs: null,
    });
    endpoint.answer = () => Response.json({ access_token: "there" });
    expect(await cache.get(null, NOW)).toMatchObject({ token: "there" });
  });
});
