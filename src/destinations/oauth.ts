// Access tokens that expire: how one is asked for, and what the answer means (RFC 6749 §5). Pure.
import * as v from "valibot";
import type { Outcome, RequestSpec, ResponseSummary } from "./adapter.ts";
import { readAnswer } from "./answers.ts";
import { classify, describeAnswer } from "./classify.ts";
import type { OAuthClient } from "./destination.ts";
import { USER_AGENT } from "../version.ts";

/** Where a vendor does not say how long a token lasts (Salesforce), it is asked for anew after this. */
const DEFAULT_LIFETIME_SECONDS = 30 * 60;
/** A token is not used in its last minute: it might expire on its way. */
const MARGIN_SECONDS = 60;
/** A vendor that answers 200 with an error, as Zoho does, or 400 with one. */
const BUSY = /too many requests|temporarily_unavailable/i;

/** A token, and until when it may be used (ms of Unix time). */
export interface AccessToken {
  readonly kind: "token";
  readonly token: string;
  readonly expiresAt: number;
}

/** A token, or what its lack means for whatever was to be delivered. */
export type Access = AccessToken | Extract<Outcome, { kind: "retry" | "held" }>;

const answerSchema = v.looseObject({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  expires_in: v.optional(
    v.pipe(v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/))]), v.transform(Number)),
    DEFAULT_LIFETIME_SECONDS,
  ),
});

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

/** What the answer gives: a refusal is the credentials' fault, anything else may go better later. */
export function readToken(response: ResponseSummary, now: number): Access {
  const outcome = classify(response, 1, now);
  if (response.kind === "no_response" || outcome.kind === "retry") {
    const error = "error" in outcome ? outcome.error : "";
    const afterMs = outcome.kind === "retry" ? outcome.afterMs : null;
    return { kind: "retry", status: null, error: `no access token: ${error}`, afterMs };
  }
  const { status, text } = response;
  const granted = outcome.kind === "delivered" ? readAnswer(answerSchema, response) : null;
  if (granted !== null) {
    const { access_token: token, expires_in: seconds } = granted;
    return { kind: "token", token, expiresAt: now + (seconds - MARGIN_SECONDS) * 1000 };
  }
  // Nobody is to read a token, not even one in an answer that is not understood.
  const words = describeAnswer(status, text.includes("access_token") ? "not understood" : text);
  return BUSY.test(text)
    ? { kind: "retry", status, error: `no access token: ${words}`, afterMs: null }
    : { kind: "held", status, reason: `the access token was refused: ${words}` };
}
