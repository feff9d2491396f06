// /v1/destinations/{id}/dead-letters and …/replay: what was given up on, page by page, and another try.
import { Hono } from "hono";
import * as v from "valibot";
import { FIRST_PLACE, type LedgerPlace } from "../ledger/whole-ledger.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import type { AppEnv } from "./context.ts";
import { findDestination } from "./find-destination.ts";
import { reach } from "./reach.ts";
import { check, readBody } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

const MAX_LIMIT = 1_000;
const MAX_CUSTOMERS = 1_000;

const NOT_A_LIMIT = `must be a whole number from 1 to ${MAX_LIMIT}`;
const NOT_A_CURSOR = "must be the next_cursor of another page";

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A place in the ledger, as an opaque text that may stand in a URL. */
const cursorSchema = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): LedgerPlace => {
    const parsed = v.safeParse(
      v.tuple([wholeNumber, v.string(), wholeNumber]),
      decode(dataset.value),
    );
    if (parsed.success) {
      const [partition, customerId, number] = parsed.output;
      return { partition, customerId, number };
    }
    addIssue({ message: NOT_A_CURSOR });
    return NEVER;
  }),
);

const pageSchema = v.object({
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,4}$/, NOT_A_LIMIT),
      v.transform(Number),
      v.minValue(1, NOT_A_LIMIT),
      v.maxValue(MAX_LIMIT, NOT_A_LIMIT),
    ),
    "100",
  ),
  cursor: v.optional(cursorSchema),
});

const replaySchema = v.strictObject({
  customer_ids: v.optional(
    v.pipe(
      v.array(customerIdSchema, "must be an array of customers' ids"),
      v.minLength(1, "must name at least one customer"),
      v.maxLength(MAX_CUSTOMERS, `must name at most ${MAX_CUSTOMERS} customers`),
    ),
  ),
});

export const deadLetters = new Hono<AppEnv>()
  .get("/:id/dead-letters", async (context) => {
    const { destination, ledger } = findDestination(context);
    const { limit, cursor = FIRST_PLACE } = check(pageSchema, context.req.query());
    const page = await reach(ledger.deadLetters(destination.id, cursor, limit));
    const next_cursor = page.next === null ? null : encode(page.next);
    return context.json({ dead_letters: page.letters, next_cursor }, 200, NO_STORE);
  })
  .post("/:id/replay", async (context) => {
    const { destination, ledger } = findDestination(context);
    const { customer_ids } = await readBody(context.req.raw, replaySchema);
    if (customer_ids === undefined) {
      await reach(ledger.sweep(destination.id, "replay", { all: false, now: Date.now() }));
    } else await reach(ledger.replay(customer_ids, destination.id));
    return context.json({ outcome: "accepted" as const }, 202, NO_STORE);
  });

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
