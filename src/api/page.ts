// Pages of what the ledger holds: how many, and from which place on.
import * as v from "valibot";
import type { LedgerPlace } from "../ledger/whole-ledger.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import { MAX_PARTITIONS } from "../variables.ts";

const MAX_LIMIT = 1_000;

const NOT_A_LIMIT = `must be a whole number from 1 to ${MAX_LIMIT}`;
const NOT_A_CURSOR = "must be the next_cursor of another page";

const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Behind whom a page begins, or "" for the first of a partition. */
const placeSchema = v.tuple([
  v.pipe(wholeNumber, v.maxValue(MAX_PARTITIONS)),
  v.union([v.literal(""), customerIdSchema]),
  wholeNumber,
]);

/** A place in the ledger, as an opaque text that may stand in a URL. */
export const cursorSchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): LedgerPlace => {
    const parsed = v.safeParse(placeSchema, decode(dataset.value));
    if (parsed.success) {
      const [partition, customerId, number] = parsed.output;
      return { partition, customerId, number };
    }
    addIssue({ message: NOT_A_CURSOR });
    return NEVER;
  }),
);

/** The entries of a query for a page, for the schemas of which they are a part. */
export const pageEntries = {
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,4}$/, NOT_A_LIMIT),
      v.transform(Number),
      v.number(),
      v.integer(),
      v.minValue(1, NOT_A_LIMIT),
      v.maxValue(MAX_LIMIT, NOT_A_LIMIT),
      v.description("How many a page holds at most."),
    ),
    "100",
  ),
  cursor: v.optional(v.pipe(cursorSchema, v.description("The `next_cursor` of the page before."))),
};

/** The `next_cursor` of a page; `null` when it is the last. */
export function nextCursor(next: LedgerPlace | null): string | null {
  return next === null ? null : encode(next);
}

function encode({ partition, customerId, number }: LedgerPlace): string {
  const bytes = new TextEncoder().encode(JSON.stringify([partition, customerId, number]));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** What a cursor says; `null` when it is none. */
function decode(cursor: string): unknown {
  try {
    const bytes = Uint8Array.fromBase64(cursor, { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
