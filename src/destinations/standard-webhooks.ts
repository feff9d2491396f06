// The headers of what the relay sends in its own words, to CRMs and as alerts, by Standard Webhooks.
import { Webhook } from "standardwebhooks";
import { USER_AGENT } from "../version.ts";

/** A symmetric secret: `whsec_` and the base64 of some bytes (Standard Webhooks, "Signature scheme"). */
const SIGNING_SECRET =
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/;

/** What a text must be for `isSigningSecret`. */
export const SIGNING_SECRET_RULE = "must be whsec_ and base64 (Standard Webhooks)";

/** Whether webhooks can be signed with a text. */
export function isSigningSecret(text: string): boolean {
  return SIGNING_SECRET.test(text);
}

/**
 * The headers of a body, plain JSON unless another type is given. `id` is the same for every attempt at the
 * same; `now` is the attempt's time (ms of Unix time). With a signing secret there is a signature:
 * HMAC-SHA256 over id, timestamp and body.
 */
export function standardHeaders(
  body: string,
  context: {
    readonly id: string;
    readonly now: number;
    readonly signingSecret: string | null;
    readonly contentType?: string;
  },
): Readonly<Record<string, string>> {
  const { id, now, signingSecret, contentType = "application/json" } = context;
  const headers = {
    "content-type": contentType,
    "user-agent": USER_AGENT,
    "webhook-id": id,
  };
  if (signingSecret === null) return headers;
  return {
    ...headers,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": new Webhook(signingSecret).sign(id, new Date(now), body),
  };
}
