// /v1/profiles: what the relay knows of a customer, what each destination knows, sending it again, and
// forgetting.
import { type Context, Hono } from "hono";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import * as v from "valibot";
import { PROFILE_STORE } from "../ledger/policy.ts";
import { FIRST_PLACE } from "../ledger/whole-ledger.ts";
import { erase, locate, type Located } from "../operator/customer.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import { readProfile } from "../profile/store.ts";
import type { Accepted, ProfilePage } from "./answers.ts";
import type { AppEnv } from "./context.ts";
import { unknownDestination, wholeLedger } from "./find-destination.ts";
import { nextCursor, pageEntries } from "./page.ts";
import { Problem } from "./problem.ts";
import { reach } from "./reach.ts";
import { query } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Headers of a 304: those that HTTP wants, and the one by which the log knows the request. */
const RETAINED = [...RETAINED_304_HEADERS, "x-request-id"];

const ONE_QUESTION = "exactly one of email and behind must be given";

/** Whose profiles: those with an e-mail address, or those that a destination is behind with. */
export const searchSchema = v.pipe(
  v.object({
    ...pageEntries,
    email: v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.nonEmpty("must not be empty"),
        v.description("An e-mail address; case and blanks around it make no difference."),
      ),
    ),
    behind: v.optional(
      v.pipe(
        v.string(),
        v.description("A destination's id, or `PROFILES`: with whom it is behind, and not dead."),
      ),
    ),
  }),
  v.forward(
    v.check(({ email, behind }) => (email === undefined) !== (behind === undefined), ONE_QUESTION),
    ["email"],
  ),
);

/** `strong` reads the ledger; anything else is the usual. */
export const lookupSchema = v.object({
  consistency: v.pipe(
    v.fallback(v.optional(v.picklist(["eventual", "strong"])), "eventual"),
    v.description("`strong` reads the ledger, and not KV, which may be a minute behind."),
  ),
});

/** Which destination gets the profile again; without one all do. */
export const resyncSchema = v.object({
  destination: v.optional(
    v.pipe(v.string(), v.description("A destination's id; without one all get the profile.")),
  ),
});

export const profiles = new Hono<AppEnv>()
  .get("/", query(searchSchema), async (context) => {
    const { email, behind, limit, cursor = FIRST_PLACE } = context.req.valid("query");
    const ledger = wholeLedger(context);
    const { profiles: found, next } = await reach(
      email === undefined
        ? ledger.behind(findBehind(context, behind), cursor, limit)
        : ledger.findByEmail(email, cursor, limit),
    );
    const answer: ProfilePage = { profiles: found, next_cursor: nextCursor(next) };
    return context.json(answer, 200, NO_STORE);
  })
  .get(
    "/:customer_id",
    etag({ retainedHeaders: RETAINED }),
    query(lookupSchema),
    async (context) => {
      const { customerId, ledger } = await find(context);
      const isStrong = context.req.valid("query").consistency === "strong";
      const stored = isStrong ? null : await readProfile(context.env.PROFILES, customerId);
      const profile = stored ?? (await reach(ledger.profile(customerId)));
      if (profile === null) throw unknown();
      // Anybody's cache but the reader's own is no place for a profile.
      return context.json(profile, 200, { "cache-control": "private, no-cache" });
    },
  )
  .get("/:customer_id/deliveries", async (context) => {
    const { customerId, ledger } = await find(context);
    const deliveries = await reach(ledger.deliveries(customerId));
    if (deliveries === null) throw unknown();
    return context.json(deliveries, 200, NO_STORE);
  })
  .post("/:customer_id/resync", query(resyncSchema), async (context) => {
    const { customerId, ledger } = await find(context);
    const { destination: id = null } = context.req.valid("query");
    const { destinations } = context.get("configuration");
    if (id !== null && destinations.every((known) => known.id !== id)) throw unknownDestination();
    const isKnown = await reach(ledger.resync(customerId, id));
    if (!isKnown) throw unknown();
    const answer: Accepted = { outcome: "accepted" };
    return context.json(answer, 202, NO_STORE);
  })
  .delete("/:customer_id", async (context) => {
    const located = await find(context);
    await reach(erase(located, context.env.PROFILES));
    return context.body(null, 204);
  });

/** The customer that the path names. An id that no webhook can have is nobody's. */
async function find(context: Context<AppEnv>): Promise<Located> {
  const parsed = v.safeParse(customerIdSchema, context.req.param("customer_id"));
  if (!parsed.success) throw unknown();
  return locate(parsed.output, context.env, context.get("configuration").ledgerPartitions);
}

/** The destination that may be behind: one that is configured, or the lookup store. */
function findBehind(context: Context<AppEnv>, id: string | undefined): string {
  const ids = [PROFILE_STORE, ...context.get("configuration").destinations.map((one) => one.id)];
  const found = ids.find((known) => known === id);
  if (found === undefined) throw unknownDestination();
  return found;
}

function unknown(): Problem {
  return new Problem("not-found", "no customer with this id is known");
}
