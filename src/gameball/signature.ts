// The first gate of ingest: only a body that Gameball signed goes further, and its type says so.
import { concatenate, utf8 } from "../bytes.ts";

/** The bytes of a webhook's body whose signature was verified; only this module makes one. */
export type VerifiedBody = Uint8Array & { readonly __verified: unique symbol };

const SHA1_BYTES = 20;

/**
 * Verifies `X-GB-Signature`, which is `hex(sha1(body + ":" + secret key))` (Gameball docs,
 * Subscribing, "Verifying Webhooks"; a plain SHA-1 and no HMAC). The raw bytes are tried first;
 * then the body as JavaScript writes it again, because that is what Gameball's own sample hashes.
 * All keys are tried, each compared in constant time. `null` when nothing matches.
 */
export async function verifySignature(
  body: Uint8Array,
  signature: string | undefined,
  secretKeys: readonly string[],
): Promise<VerifiedBody | null> {
  const presented = parseSignature(signature);
  if (presented === null) return null;
  if (await isSigned(body, presented, secretKeys)) return body as VerifiedBody;
  const rewritten = rewriteJson(body);
  if (rewritten === null || !(await isSigned(utf8(rewritten), presented, secretKeys))) return null;
  return body as VerifiedBody;
}

function parseSignature(signature: string | undefined): Uint8Array | null {
  const digits = signature?.trim() ?? "";
  return /^[0-9a-f]{40}$/i.test(digits) ? Uint8Array.fromHex(digits) : null;
}

async function isSigned(
  body: Uint8Array,
  presented: Uint8Array,
  secretKeys: readonly string[],
): Promise<boolean> {
  const matches = await Promise.all(
    secretKeys.map(async (key) => {
      const suffix = utf8(`:${key}`);
      const signed = concatenate([body, suffix], body.byteLength + suffix.byteLength);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", signed));
      return digest.byteLength === SHA1_BYTES && crypto.subtle.timingSafeEqual(digest, presented);
    }),
  );
  return matches.includes(true);
}

function rewriteJson(body: Uint8Array): string | null {
  try {
    return JSON.stringify(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return null; // not JSON, or nested more deeply than the stack
  }
}
