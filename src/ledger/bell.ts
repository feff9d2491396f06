// When a partition rings for consumers, and how often. It remembers only what is under way: losing that
// costs a doorbell.
import { earlier } from "../time.ts";
import { CUSTOMERS_PER_DOORBELL } from "./policy.ts";
import type { PartitionStore } from "./store/store.ts";

/** Doorbells that are rung at a time at most; the next one follows when they were answered. */
const MAX_DOORBELLS = 10;

/** A doorbell that nobody answered is taken for lost after this. */
const RING_AGAIN_MS = 5_000;

/** A claim of so many was of a crowd, and more of it is likely to come. */
const CROWD = 4;

/** What was a crowd remains one down to this, or one that comes just so fast would end with every second claim. */
const STILL_A_CROWD = 2;

/**
 * In a crowd all partitions ring at the same moments, the multiples of this: one run of the consumer answers
 * them together, with as many customers in each call. Who comes by himself does not wait.
 */
export const BEAT_MS = 100;

/** How many doorbells to ring now, and when the alarm is to ring; `null`: never. */
export interface Hailed {
  readonly doorbells: number;
  readonly ringAt: number | null;
}

/** The bell of one partition. */
export class Bell {
  readonly #store: PartitionStore;
  /** Until then a doorbell is under way, so another would be idle. */
  #rungUntil = 0;
  #isCrowded = false;

  constructor(store: PartitionStore) {
    this.#store = store;
  }

  /** When to ring for what is due first; `null` when nothing ever is. */
  ringAt(): number | null {
    const { customers, events } = this.#store;
    const dueAt = earlier(customers.earliestDue(), events.earliestDue());
    return dueAt === null ? null : this.#soonest(dueAt);
  }

  /**
   * Something new is due from a time on; `null`: never. One who is due by then and whom nobody has rung for
   * rings himself, instead of setting an alarm for now.
   */
  hail(dueAt: number | null, now: number): Hailed {
    if (dueAt === null) return { doorbells: 0, ringAt: null };
    const isTime = this.#soonest(dueAt) <= now;
    if (isTime) this.#rungUntil = now + RING_AGAIN_MS;
    return { doorbells: isTime ? 1 : 0, ringAt: this.#soonest(dueAt) };
  }

  /** How many doorbells to ring for what is due, unless some are under way. */
  ring(now: number): number {
    if (this.#rungUntil > now) return 0;
    const { customers, events } = this.#store;
    const most = CUSTOMERS_PER_DOORBELL * MAX_DOORBELLS;
    const due = Math.max(customers.countDue(now, most), events.countDue(now, most));
    const doorbells = Math.ceil(due / CUSTOMERS_PER_DOORBELL);
    if (doorbells > 0) this.#rungUntil = now + RING_AGAIN_MS;
    return doorbells;
  }

  /** A consumer answered, and claimed so many. */
  answered(claimed: number): void {
    this.#isCrowded = claimed >= (this.#isCrowded ? STILL_A_CROWD : CROWD);
    this.rest();
  }

  /** None is under way any more. */
  rest(): void {
    this.#rungUntil = 0;
  }

  /** When to ring for what is due then. */
  #soonest(dueAt: number): number {
    const at = Math.max(dueAt, this.#rungUntil);
    return this.#isCrowded ? Math.ceil(at / BEAT_MS) * BEAT_MS : at;
  }
}
