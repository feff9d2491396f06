// Access tokens that expire: how one is asked for, and what the answer means (RFC 6749 §5). Pure.
import * as v from "valibot";
import type { Outcome, RequestSpec, ResponseSummary } from "./adapter.ts";
import { readAnswer } from "./answers.ts";
import { classify, describeAnswer } from "./classify.ts";
import type { OAuthClient } from "./destination.ts";
import { mask } from "./mask.ts";
import { USER_AGENT } from "../version.ts";
import { wishToWaitMs } from "./wish-to-wait.ts";

/** Where a vendor does not say how long a token lasts (Salesforce), it is asked for anew after this. */
const DEFAULT_LIFETIME_SECONDS = 30 * 60;
/** A token is not used in its last minute, or half of a shorter life: it might expire on its way. */
const MARGIN_SECONDS = 60;
/** Whatever a vendor says, a token is asked for anew after this: it may have been revoked long since. */
const MAX_LIFETIME_SECONDS = 24 * 60 * 60;

/**
 * Refusals that pass: Zoho's `too many requests continuously`, Salesforce's `login rate exceeded` and
 * `unknown_error` (`retry your request`), and those that RFC 6749 §4.1.2.1 names.
 */
const PASSING =
  /too many requests|rate exceeded|temporarily_unavailable|server_error|unknown_error/i;
/** … after which everybody waits: Zoho gives ten tokens in ten minutes ("Token validity"). */
const BUSY_MS = 2 * 60 * 1000;

/** A token, and until when it may be used (ms of Unix time). */
export interface AccessToken {
  readonly kind: "token";
  readonly token: string;
  readonly expiresAt: number;
}

/** What the lack of a token means for whatever was to be delivered. */
export type NoAccess = Extract<Outcome, { kind: "retry" | "held" }>;

/** A token, or none. */
export type Access = AccessToken | NoAccess;

const seconds = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/))]),
  v.transform(Number),
  v.minValue(0),
);

const grantSchema = v.looseObject({
  /** As a header can carry it (RFC 6750 §2.1 allows less). */
  access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/)),
  expires_in: v.nullish(seconds, DEFAULT_LIFETIME_SECONDS),
});

/** Zoho refuses with a 200. */
const refusalSchema = v.looseObject({ error: v.string() });

/** What a client asks with: its refresh token where it has one (RFC 6749 §6), else as itself (§4.4). */
export function grantForm({
  client_id = "",
  client_secret = "",
  refresh_token,
}: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const client = { client_id, client_secret };
  return refresh_token === undefined
    ? { grant_type: "client_credentials", ...client }
    : { grant_type: "refresh_token", refresh_token, ...client };
}

/** The request of a new token. */
export function requestToken({ tokenUrl, form }: OAuthClient): RequestSpec {
  return {
    method: "POST",
    url: tokenUrl,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": USER_AGENT,
    },
    body: new URLSearchParams({ ...form }).toString(),
  };
}

/**
 * What the answer gives. A refusal is the credentials' fault and holds the destination; anything else may
 * go better later. None of the `secrets` is in what is said of it.
 */
export function readToken(
  response: ResponseSummary,
  now: number,
  secrets: readonly string[],
): Access {
  if (response.kind === "no_response") return noAccess(mask(response.reason, secrets));
  const outcome = classify(response, 1, now, { busyMs: BUSY_MS });
  const isAnswered = outcome.kind === "delivered";
  const granted = isAnswered ? readAnswer(grantSchema, response) : null;
  if (granted !== null) {
    const { access_token: token, expires_in } = granted;
    const lifetime = Math.min(expires_in, MAX_LIFETIME_SECONDS);
    const marginSeconds = Math.min(MARGIN_SECONDS, lifetime / 2);
    return { kind: "token", token, expiresAt: Math.floor(now + (lifetime - marginSeconds) * 1000) };
  }
  const { status } = response;
  const words = describeAnswer(status, showable(mask(response.text, secrets)));
  if (outcome.kind === "retry") return noAccess(words, status, outcome.afterMs);
  if (PASSING.test(response.text)) {
    return noAccess(words, status, wishToWaitMs(response.headers, now) ?? BUSY_MS);
  }
  const isRefused = !isAnswered || readAnswer(refusalSchema, response) !== null;
  return isRefused
    ? { kind: "held", status, reason: `the access token was refused: ${words}` }
    : noAccess(words, status);
}

/** No token, which may go better later; `afterMs`: everybody is to wait so long. */
export function noAccess(
  words: string,
  status: number | null = null,
  afterMs: number | null = null,
): NoAccess {
  return { kind: "retry", status, error: `no access token: ${words}`, afterMs };
}

/** Nobody is to read a token, not even one in an answer that is not understood. */
function showable(text: string): string {
  return /\b(access|refresh|id)_token"?\s*[:=]/.test(text) ? "not understood" : text;
}
