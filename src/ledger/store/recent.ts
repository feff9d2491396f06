// The customers that a partition had to do with last, as they are stored: an update that is recorded,
// claimed and settled within a second is read and parsed once, or not at all.
import type { CustomerId } from "../../profile/customer-id.ts";
import type { StoredCustomer } from "./customers.ts";

/**
 * Characters of stored JSON of all that one partition remembers. Sixteen partitions may share the 128 MB of
 * an isolate, and what is parsed takes a few times its text.
 */
const MAX_SIZE = 512 * 1024;

/** A memory of customers; whoever was longest not asked for makes room. It may be lost at any moment. */
export class RecentCustomers {
  readonly #customers = new Map<CustomerId, StoredCustomer>();
  #size = 0;

  recall(customerId: CustomerId): StoredCustomer | null {
    const known = this.#customers.get(customerId);
    if (known === undefined) return null;
    this.#customers.delete(customerId);
    this.#customers.set(customerId, known);
    return known;
  }

  remember(customer: StoredCustomer): void {
    this.forget(customer.customerId);
    this.#customers.set(customer.customerId, customer);
    this.#size += customer.size;
    for (const oldest of this.#customers.keys()) {
      if (this.#size <= MAX_SIZE) break;
      this.forget(oldest);
    }
  }

  forget(customerId: CustomerId): void {
    this.#size -= this.#customers.get(customerId)?.size ?? 0;
    this.#customers.delete(customerId);
  }
}
