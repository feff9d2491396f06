// The operator of a run: opens gates, asks who is behind, and looks everybody up.
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { profileSchema } from "../../src/profile/profile.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { contentOf } from "../support/changes.ts";
import { inParallel } from "../support/eventually.ts";
import type { FoundProfile, RelayClient } from "../support/relay-client.ts";
import { isSame } from "./content.ts";
import type { Content, Known } from "./history.ts";

const headers = { authorization: `Bearer ${API_TOKEN}` };

/** Lookups at a time. */
const WIDTH = 16;
/** What KV was given may be read a moment later. */
const KV_PATIENCE_MS = 5_000;
const KV_POLL_MS = 250;

const standingsSchema = v.object({
  destinations: v.array(
    v.object({ id: v.string(), customers_behind: v.number(), customers_dead: v.number() }),
  ),
});
const pageSchema = v.object({ profiles: v.array(v.unknown()) });

/** Ends whatever keeps a destination's gate shut. */
export async function openGate(relay: RelayClient, destination: string): Promise<void> {
  const path = `/v1/destinations/${destination}/resume`;
  const { status, text } = await relay.ask(path, { method: "POST", headers });
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${text}`);
}

/** Who is behind or dead where, in words; empty when all is in step. */
export async function backlog(relay: RelayClient): Promise<string> {
  const { destinations } = v.parse(standingsSchema, await read(relay, "/v1/destinations"));
  const page = await read(relay, "/v1/profiles?behind=PROFILES");
  const behindInStore = v.parse(pageSchema, page).profiles.length;
  const crms = destinations.flatMap(({ id, customers_behind: behind, customers_dead: dead }) =>
    behind + dead === 0 ? [] : [`${id} is behind with ${behind} customers, ${dead} are dead`],
  );
  const store = behindInStore === 0 ? [] : [`KV is behind with ${behindInStore} or more`];
  return [...crms, ...store].join("; ");
}

/** Everybody by the ledger and by KV. */
export async function lookUpAll(
  relay: RelayClient,
  customers: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const known = new Map<string, Known>();
  await inParallel(customers, WIDTH, async (customer) => {
    known.set(customer, await lookUp(relay, customer));
  });
  return known;
}

async function lookUp(relay: RelayClient, customer: string): Promise<Known> {
  const giveUpAt = Date.now() + KV_PATIENCE_MS;
  const ledger = contentOrNull(await relay.profile(customer, "strong"));
  for (;;) {
    const store = contentOrNull(await relay.profile(customer));
    const isEqual = ledger !== null && store !== null && isSame(ledger, store);
    if (isEqual || Date.now() >= giveUpAt) return { ledger, store };
    await sleep(KV_POLL_MS);
  }
}

function contentOrNull(profile: FoundProfile | null): Content | null {
  return profile && contentOf(v.parse(profileSchema, profile));
}

async function read(relay: RelayClient, path: string): Promise<unknown> {
  const { status, text, body } = await relay.ask(path, { headers });
  if (status !== 200) throw new Error(`${path} was answered ${status}: ${text}`);
  return body;
}
