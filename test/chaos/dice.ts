// Chance that can be repeated: the same seed and name give the same throws.
import { createHash } from "node:crypto";

const RANGE = 2 ** 32;

/** Throws of one thing's own, so that one more throw somewhere changes nothing elsewhere. */
export class Dice {
  #state: number;

  /** `name` says what is thrown for, such as a CRM's id. */
  constructor(seed: number, name: string) {
    this.#state = createHash("sha256").update(`${seed} ${name}`).digest().readUInt32LE();
  }

  /** A number in [0, 1): Weyl's sequence, its bits mixed as MurmurHash3 does in the end. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / RANGE;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** Whether something of this probability (0 to 1) happens. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of several. */
  pick<T>(first: T, ...others: readonly T[]): T {
    return others[Math.floor(this.next() * (others.length + 1)) - 1] ?? first;
  }
}
