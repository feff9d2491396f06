// Signatures by Standard Webhooks, written apart from the library that the relay uses.
import type { RequestSpec } from "../../src/destinations/adapter.ts";

const SECRET = "a signing secret";

/** A signing secret as it is configured. */
export const SIGNING_SECRET = `whsec_${btoa(SECRET)}`;

/** The `webhook-signature` that a request should have (Standard Webhooks, "Signature scheme"). */
export async function signatureOf({ headers, body }: RequestSpec): Promise<string> {
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = encoder.encode(SECRET);
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const digest = await crypto.subtle.sign("HMAC", key, encoder.encode(content));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}
