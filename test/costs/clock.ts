// A clock that is set by hand, and whoever waits for it: what is due by a time happens at its own time, one
// after the other.
import { vi } from "vitest";

interface Waiting {
  readonly at: number;
  readonly wake: () => void;
}

/** In ms of Unix time. `Date` shows it, too. */
export class Clock {
  #waiting: Waiting[] = [];

  /** Begins at a time. */
  constructor(now: number) {
    vi.useFakeTimers({ toFake: ["Date"], now });
  }

  get now(): number {
    return Date.now();
  }

  /** When the next of those who wait is woken; `null` when nobody waits. */
  get next(): number | null {
    return this.#waiting.reduce<number | null>(
      (least, { at }) => (least === null ? at : Math.min(least, at)),
      null,
    );
  }

  /** Ends once the clock has gone on so far; at once when that is nothing. */
  async wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await new Promise<void>((wake) => {
      this.#waiting.push({ at: this.now + ms, wake });
    });
  }

  /** Goes on to a time; `rest` ends when all has been done that could be before the clock goes on. */
  async advance(time: number, rest: () => Promise<void>): Promise<void> {
    for (let next = this.next; next !== null && next <= time; next = this.next) {
      vi.setSystemTime(Math.max(next, this.now));
      const due = this.#waiting.filter(({ at }) => at <= this.now);
      this.#waiting = this.#waiting.filter(({ at }) => at > this.now);
      for (const { wake } of due) wake();
      await rest();
    }
    vi.setSystemTime(Math.max(time, this.now));
  }

  /** Forgets whoever waits: nobody is interested any more. */
  clear(): void {
    this.#waiting = [];
  }
}
