// /v1/destinations/{id}/dead-letters and …/replay: what was given up on, page by page, and another try.
import { Hono } from "hono";
import * as v from "valibot";
import { FIRST_PLACE } from "../ledger/whole-ledger.ts";
import { replay } from "../operator/steer.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import type { Accepted, DeadLetterPage } from "./answers.ts";
import type { AppEnv } from "./context.ts";
import { requireDestination } from "./find-destination.ts";
import { nextCursor, pageEntries } from "./page.ts";
import { reach } from "./reach.ts";
import { body, query } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

const MAX_CUSTOMERS = 1_000;

/** The query of a page of dead letters. */
export const pageSchema = v.object(pageEntries);

/** Whose dead letters are tried again; without customers all are. */
export const replaySchema = v.strictObject({
  customer_ids: v.optional(
    v.pipe(
      v.array(customerIdSchema, "must be an array of customers' ids"),
      v.minLength(1, "must name at least one customer"),
      v.maxLength(MAX_CUSTOMERS, `must name at most ${MAX_CUSTOMERS} customers`),
    ),
  ),
});

export const deadLetters = new Hono<AppEnv>()
  .get("/:id/dead-letters", requireDestination, query(pageSchema), async (context) => {
    const { destination, ledger } = context.get("found");
    const { limit, cursor = FIRST_PLACE } = context.req.valid("query");
    const page = await reach(ledger.deadLetters(destination.id, cursor, limit));
    const answer: DeadLetterPage = {
      dead_letters: page.letters,
      next_cursor: nextCursor(page.next),
    };
    return context.json(answer, 200, NO_STORE);
  })
  .post("/:id/replay", requireDestination, body(replaySchema), async (context) => {
    const { customer_ids } = context.req.valid("json");
    await reach(replay(context.get("found"), customer_ids ?? null));
    const answer: Accepted = { outcome: "accepted" };
    return context.json(answer, 202, NO_STORE);
  });
