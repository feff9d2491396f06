// One customer as an operator deals with it, be it by the API or in the dashboard: where its ledger is, and
// forgetting it.
import type { Env } from "../env.ts";
import { type LedgerApi, ledgerOf, partitionOf } from "../ledger/client.ts";
import { log } from "../log.ts";
import { type CustomerId, digestCustomerId } from "../profile/customer-id.ts";
import { storeProfile } from "../profile/store.ts";

/** A customer, and the partition of the ledger that knows it. */
export interface Located {
  readonly customerId: CustomerId;
  readonly digest: string;
  readonly ledger: LedgerApi;
}

/** Where a customer's ledger is, of so many partitions. */
export async function locate(
  customerId: CustomerId,
  env: Env,
  partitions: number,
): Promise<Located> {
  const digest = await digestCustomerId(customerId);
  return { customerId, digest, ledger: ledgerOf(env, partitionOf(digest, partitions)) };
}

/**
 * Forgets a customer. The ledger sees to it that KV forgets, whatever is under way; here it is asked as
 * well, so that it does so at once. KV may refuse, as it takes one write a second for each key: then the
 * ledger's deletion follows.
 */
export async function erase(
  { customerId, digest, ledger }: Located,
  profiles: KVNamespace,
): Promise<void> {
  await ledger.erase(customerId, digest);
  await storeProfile(profiles, customerId, null).catch((error: unknown) => {
    log({ event: "request.failed" }, error);
  });
}
