// A destination that was taken out of the configuration and put back into it, as the ledger sees it.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { configurationOf } from "../../src/config.ts";
import { Partition } from "../../src/ledger/partition.ts";
import { policiesOf } from "../../src/ledger/policy.ts";
import { PartitionStore } from "../../src/ledger/store/store.ts";
import { bindings } from "./relay-in-workerd.ts";

/**
 * Every partition comes to life once without a destination, and then again with it. It keeps its alarm,
 * and what it was in the middle of.
 */
export async function removeAndAdd(id: string): Promise<void> {
  const configured = configurationOf(bindings);
  if (!configured.ok) throw new Error("the tests' own configuration is wrong");
  const { destinations, ledgerPartitions } = configured.configuration;
  const others = policiesOf(destinations.filter((destination) => destination.id !== id));
  for (let partition = 0; partition < ledgerPartitions; partition += 1) {
    const stub = env.LEDGER.getByName(String(partition));
    await runInDurableObject(stub, (_, { storage }) => {
      storage.transactionSync(() => new Partition(new PartitionStore(storage.sql), others));
    });
    await evictDurableObject(stub);
  }
}
