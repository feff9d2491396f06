// The access token of a destination: one for all consumers, asked for once however many want it.
import * as v from "valibot";
import { sha256Hex } from "../bytes.ts";
import { storedTimeSchema } from "../time.ts";
import { attempt } from "../destinations/attempt.ts";
import type { OAuthClient } from "../destinations/destination.ts";
import { type Access, type AccessToken, readToken, requestToken } from "../destinations/oauth.ts";

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 16 * 1024;

/** A token as stored. */
export const storedTokenSchema = v.object({
  /** Whose it is: after a change of the configuration nobody may use it any more. */
  client: v.string(),
  token: v.string(),
  /** In ms of Unix time. */
  expiresAt: storedTimeSchema,
});
export type StoredToken = v.InferOutput<typeof storedTokenSchema>;

/** What a cache needs from outside. */
export interface TokenContext {
  /** Where a token outlives the gate's memory. */
  readonly store: {
    readToken(): StoredToken | null;
    writeToken(token: StoredToken): void;
  };
  readonly fetcher: typeof fetch;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
}

/** The token of one OAuth client. */
export class TokenCache {
  readonly #client: OAuthClient;
  readonly #digest: Promise<string>;
  readonly #context: TokenContext;
  #renewal: Promise<Access> | null = null;

  constructor(client: OAuthClient, context: TokenContext) {
    this.#client = client;
    this.#digest = digestClient(client);
    this.#context = context;
  }

  /**
   * The token that is known, unless it has expired or is the one that was `rejected`: then a new one, for
   * all who ask meanwhile. `now` is in ms of Unix time.
   */
  async get(rejected: string | null, now: number): Promise<Access> {
    const digest = await this.#digest;
    const known = usable(this.#context.store.readToken(), digest, rejected, now);
    if (known !== null) return known;
    this.#renewal ??= this.#renew(digest, now).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(client: string, now: number): Promise<Access> {
    const { store, fetcher, secrets } = this.#context;
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, fetcher };
    const access = readToken(await attempt(requestToken(this.#client), limits), now, secrets);
    if (access.kind === "token") {
      const { token, expiresAt } = access;
      store.writeToken({ client, token, expiresAt });
    }
    return access;
  }
}

/** A stored token, if it may still be used. */
export function usable(
  known: StoredToken | null,
  client: string,
  rejected: string | null,
  now: number,
): AccessToken | null {
  if (known === null || known.client !== client || known.token === rejected) return null;
  const { token, expiresAt } = known;
  return expiresAt > now ? { kind: "token", token, expiresAt } : null;
}

/**
 * What tells clients apart: all that they ask with. Another refresh token may be another account's, and
 * nobody may write there with a token that the one before it gave.
 */
export async function digestClient({ tokenUrl, form }: OAuthClient): Promise<string> {
  return sha256Hex(JSON.stringify([tokenUrl, form]));
}
