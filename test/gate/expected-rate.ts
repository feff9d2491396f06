// What is expected of a rate, with a list of everything that was ever sent. Properties hold the real one
// against it.
import type { Rate } from "../../src/destinations/destination.ts";
import type { Grant } from "../../src/gate/rate.ts";

/** A rate that forgets nothing. */
export class ExpectedRate {
  readonly #limit: number;
  readonly #windowMs: number;
  /** When each request was let through, one by one. */
  readonly #sent: number[] = [];
  /** Where the next seat is, for those that have to come back. */
  #nextSeat = 0;

  constructor({ limit, perSeconds }: Rate) {
    this.#limit = limit;
    this.#windowMs = perSeconds * 1000;
  }

  /** What is granted, and when the first of the others may come back. */
  ask(wanted: number, now: number): Grant {
    let granted = 0;
    while (granted < wanted && this.#countIn(now) < this.#limit) {
      this.#sent.push(now);
      granted += 1;
    }
    if (granted === wanted) return { granted, waitMs: 0, spacingMs: 0 };
    // The limit was reached just now: the request that is so many back is the first to leave the window.
    const freeAt = (this.#sent.at(-this.#limit) ?? Number.NaN) + this.#windowMs;
    const seat = freeAt > this.#nextSeat ? freeAt : this.#nextSeat;
    const spacingMs = this.#windowMs / this.#limit;
    // Whoever got a part sends it, and asks for seats only then.
    if (granted === 0) this.#nextSeat = seat + wanted * spacingMs;
    return { granted, waitMs: seat - now, spacingMs };
  }

  #countIn(now: number): number {
    return this.#sent.filter((at) => now - at < this.#windowMs).length;
  }
}
