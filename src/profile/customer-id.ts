// Whom a profile is about: the shop's own id of a customer, as it may be used for a KV key.
import * as v from "valibot";
import { fitsInUtf8, sha256Hex } from "../bytes.ts";

/** Bytes of UTF-8 that a Workers KV key may hold. */
const MAX_BYTES = 512;

/**
 * A customer's id: 1–512 bytes of UTF-8. `.` and `..` are refused, because Workers KV cannot hold
 * them, and so is text that is not well-formed Unicode, because it has no UTF-8.
 */
export const customerIdSchema = v.pipe(
  v.string(),
  v.check((id) => id.isWellFormed(), "must be well-formed Unicode"),
  v.check((id) => id !== "" && fitsInUtf8(id, MAX_BYTES), "must be 1 to 512 bytes of UTF-8"),
  v.check((id) => id !== "." && id !== "..", 'must not be "." or ".."'),
  v.brand("CustomerId"),
  v.metadata({ minLength: 1, maxLength: MAX_BYTES }),
  v.description("The shop's own id of a customer: 1 to 512 bytes of UTF-8."),
);
export type CustomerId = v.InferOutput<typeof customerIdSchema>;

/**
 * 64 hex digits that stand for a customer where the id itself must not be kept or shown (an id may
 * be an e-mail address): its partition, its tombstone, and, shortened, its name in logs.
 */
export async function digestCustomerId(id: CustomerId): Promise<string> {
  return sha256Hex(id);
}

/** A customer's name in logs: the first 12 digits of its digest. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
