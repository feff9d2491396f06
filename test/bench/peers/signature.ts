// Who may send webhooks and who may look up, for the peers on Node.
import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a body was signed: `X-GB-Signature` is `hex(sha1(body + ":" + secret key))`, of the body as it
 * came or, as Gameball's own sample has it, as JavaScript writes it again.
 */
export function isSigned(body: Buffer, signature: unknown, key: string): boolean {
  if (typeof signature !== "string" || !/^[0-9a-f]{40}$/i.test(signature)) return false;
  const presented = Buffer.from(signature, "hex");
  if (timingSafeEqual(digestOf(body, key), presented)) return true;
  try {
    const rewritten = JSON.stringify(JSON.parse(body.toString()));
    return timingSafeEqual(digestOf(Buffer.from(rewritten), key), presented);
  } catch {
    return false; // not JSON
  }
}

/** Whether a request has the bearer token of the lookup. */
export function hasToken(authorization: string | undefined, token: string): boolean {
  const presented = Buffer.from(authorization ?? "");
  const expected = Buffer.from(`Bearer ${token}`);
  return presented.byteLength === expected.byteLength && timingSafeEqual(presented, expected);
}

function digestOf(body: Buffer, key: string): Buffer {
  return createHash("sha1").update(body).update(`:${key}`).digest();
}
