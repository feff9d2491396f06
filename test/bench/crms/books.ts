// What one CRM holds: it writes whatever it is sent, as CRMs do, and remembers what it should have held.
import type { CrmFacts, Newest } from "./protocol.ts";

/** An event, as far as a CRM has to know it. */
export interface Written {
  readonly data: { readonly customer_id: string; readonly occurred_at: string };
}

/** The books of one CRM. Times of updates are compared as text, which RFC 3339 in UTC allows. */
export class Books {
  readonly #newest = new Map<string, string>();
  readonly #held = new Map<string, string>();
  readonly #reachedAt = new Map<string, number>();
  #expected: Newest = new Map();
  #waiting = new Map<string, string>();
  #completeAt = 0;
  #calls = 0;
  #events = 0;
  #stale = 0;

  /** Counts from zero, and waits for these. */
  begin(expected: Newest): void {
    this.#calls = 0;
    this.#events = 0;
    this.#stale = 0;
    this.#completeAt = 0;
    this.#reachedAt.clear();
    this.expect(expected);
  }

  /** Waits for these, of which some may have come. */
  expect(expected: Newest): void {
    this.#expected = expected;
    const missing = [...expected].filter(([id, at]) => (this.#newest.get(id) ?? "") < at);
    this.#waiting = new Map(missing);
  }

  /** Counts a call, however it ends. */
  call(): void {
    this.#calls += 1;
  }

  /** Notes that an event came, whether or not it is acknowledged. */
  reach({ data: { customer_id: id, occurred_at: at } }: Written, now: number): void {
    if (this.#expected.get(id) === at && !this.#reachedAt.has(id)) this.#reachedAt.set(id, now);
  }

  /** Writes an event. */
  write({ data: { customer_id: id, occurred_at: at } }: Written, now: number): void {
    this.#events += 1;
    this.#held.set(id, at);
    const newest = this.#newest.get(id) ?? "";
    if (at < newest) this.#stale += 1;
    if (at <= newest) return;
    this.#newest.set(id, at);
    const expected = this.#waiting.get(id);
    if (expected === undefined || at < expected) return;
    this.#waiting.delete(id);
    this.#completeAt = now;
  }

  /** When the last of those that are waited for was written; 0 of none, `null` while one is missing. */
  get completeAt(): number | null {
    return this.#waiting.size === 0 ? this.#completeAt : null;
  }

  get reachedAt(): ReadonlyMap<string, number> {
    return this.#reachedAt;
  }

  facts(): CrmFacts {
    const isOlder = ([id, at]: readonly [string, string]): boolean =>
      (this.#newest.get(id) ?? "") >= at && (this.#held.get(id) ?? "") < at;
    return {
      calls: this.#calls,
      events: this.#events,
      stale: this.#stale,
      behind: this.#waiting.size,
      older: [...this.#expected].filter(isOlder).length,
    };
  }
}
