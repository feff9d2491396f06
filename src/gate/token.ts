// The access token of a destination: one for all consumers, asked for once however many want it.
import * as v from "valibot";
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
  expiresAt: v.pipe(v.number(), v.integer()),
});
export type StoredToken = v.InferOutput<typeof storedTokenSchema>;

/** Where a token outlives the gate's memory. */
interface TokenStore {
  readToken(): StoredToken | null;
  writeToken(token: StoredToken): void;
}

/** The token of one OAuth client. */
export class TokenCache {
  readonly #client: OAuthClient;
  readonly #store: TokenStore;
  readonly #fetcher: typeof fetch;
  #renewal: Promise<Access> | null = null;

  constructor(client: OAuthClient, store: TokenStore, fetcher: typeof fetch) {
    this.#client = client;
    this.#store = store;
    this.#fetcher = fetcher;
  }

  /**
   * The token that is known, unless it has expired or is the one that was `rejected`: then a new one, for
   * all who ask meanwhile. `now` is in ms of Unix time.
   */
  async get(rejected: string | null, now: number): Promise<Access> {
    const known = usable(this.#store.readToken(), nameOf(this.#client), rejected, now);
    if (known !== null) return known;
    this.#renewal ??= this.#renew(now).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(now: number): Promise<Access> {
    const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, fetcher: this.#fetcher };
    const access = readToken(await attempt(requestToken(this.#client), limits), now);
    if (access.kind === "token") {
      const { token, expiresAt } = access;
      this.#store.writeToken({ client: nameOf(this.#client), token, expiresAt });
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

/** What tells clients apart; a secret that was rotated does not make another of it. */
function nameOf({ tokenUrl, form }: OAuthClient): string {
  return `${form["client_id"] ?? ""} ${tokenUrl}`;
}
