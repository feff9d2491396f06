// /v1/profiles: what the relay knows of a customer, what each destination knows, sending it again, and
// forgetting.
import { type Context, Hono } from "hono";
import { etag } from "hono/etag";
import * as v from "valibot";
import { type LedgerApi, ledgerOf, partitionOf } from "../ledger/client.ts";
import { log } from "../log.ts";
import { type CustomerId, customerIdSchema, digestCustomerId } from "../profile/customer-id.ts";
import { readProfile, storeProfile } from "../profile/store.ts";
import type { AppEnv } from "./context.ts";
import { unknownDestination } from "./find-destination.ts";
import { Problem } from "./problem.ts";
import { reach } from "./reach.ts";

export const profiles = new Hono<AppEnv>()
  .get("/:customer_id", etag(), async (context) => {
    const { customerId, ledger } = await find(context);
    const isStrong = context.req.query("consistency") === "strong";
    const stored = isStrong ? null : await readProfile(context.env.PROFILES, customerId);
    const profile = stored ?? (await reach(ledger.profile(customerId)));
    if (profile === null) throw unknown();
    // Anybody's cache but the reader's own is no place for a profile.
    return context.json(profile, 200, { "cache-control": "private, no-cache" });
  })
  .get("/:customer_id/deliveries", async (context) => {
    const { customerId, ledger } = await find(context);
    const deliveries = await reach(ledger.deliveries(customerId));
    if (deliveries === null) throw unknown();
    return context.json(deliveries, 200, { "cache-control": "no-store" });
  })
  .post("/:customer_id/resync", async (context) => {
    const { customerId, ledger } = await find(context);
    const id = context.req.query("destination") ?? null;
    const { destinations } = context.get("configuration");
    if (id !== null && destinations.every((known) => known.id !== id)) throw unknownDestination();
    const isKnown = await reach(ledger.resync(customerId, id));
    if (!isKnown) throw unknown();
    const answer = { outcome: "accepted" as const };
    return context.json(answer, 202, { "cache-control": "no-store" });
  })
  .delete("/:customer_id", async (context) => {
    const { customerId, digest, ledger } = await find(context);
    await reach(ledger.erase(customerId, digest));
    // The ledger sees to it that KV forgets, whatever is under way; here, so that it does so at once.
    // KV may refuse, as it takes one write a second for each key: then the ledger's deletion follows.
    await storeProfile(context.env.PROFILES, customerId, null).catch((error: unknown) => {
      log({ event: "request.failed", request_id: context.get("requestId"), error: nameOf(error) });
    });
    return context.body(null, 204);
  });

interface Found {
  readonly customerId: CustomerId;
  readonly digest: string;
  readonly ledger: LedgerApi;
}

/** The customer that the path names. An id that no webhook can have is nobody's. */
async function find(context: Context<AppEnv>): Promise<Found> {
  const parsed = v.safeParse(customerIdSchema, context.req.param("customer_id"));
  if (!parsed.success) throw unknown();
  const digest = await digestCustomerId(parsed.output);
  const partition = partitionOf(digest, context.get("configuration").ledgerPartitions);
  return { customerId: parsed.output, digest, ledger: ledgerOf(context.env, partition) };
}

function unknown(): Problem {
  return new Problem("not-found", "no customer with this id is known");
}

/** What kind of error it is; its message may name the key, which may be an e-mail address. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
