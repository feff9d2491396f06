// A partition's store in memory, for turning the pure rules through thousands of schedules.
import type { PartitionStore, StoredCustomer } from "../../src/ledger/store.ts";
import type { CustomerState, Tombstone } from "../../src/ledger/state.ts";
import { dueAt } from "../../src/ledger/standing.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";

/** Keeps copies, as SQLite would: what a caller does to an object later changes nothing here. */
export class MemoryStore implements PartitionStore {
  readonly customers = new Map<CustomerId, CustomerState>();
  readonly #tombstones = new Map<string, Tombstone & { readonly expiresAt: number }>();

  read(customerId: CustomerId): CustomerState | null {
    return this.customers.get(customerId) ?? null;
  }

  write(customerId: CustomerId, state: CustomerState | null): void {
    if (state === null) this.customers.delete(customerId);
    else this.customers.set(customerId, structuredClone(state));
  }

  due(now: number, limit: number): StoredCustomer[] {
    return [...this.customers]
      .map(([customerId, state]) => ({ customerId, state, size: 1, at: dueAt(state) }))
      .filter(({ at }) => at !== null && at <= now)
      .toSorted((left, right) => (left.at ?? 0) - (right.at ?? 0))
      .slice(0, limit);
  }

  countDue(now: number, most: number): number {
    return this.due(now, most).length;
  }

  earliestDue(): number | null {
    return earliest([...this.customers.values()].map(dueAt));
  }

  readTombstone(digest: string): Tombstone | null {
    return this.#tombstones.get(digest) ?? null;
  }

  writeTombstone(digest: string, tombstone: Tombstone, expiresAt: number): void {
    this.#tombstones.set(digest, { ...tombstone, expiresAt });
  }

  expireTombstones(now: number): number | null {
    for (const [digest, { expiresAt }] of this.#tombstones) {
      if (expiresAt <= now) this.#tombstones.delete(digest);
    }
    return earliest([...this.#tombstones.values()].map(({ expiresAt }) => expiresAt));
  }
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
