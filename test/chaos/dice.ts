// Chance that can be repeated: the same seed and name give the same throws.

const MODULUS = 2_147_483_647;

/** Throws of one thing's own, so that one more throw somewhere changes nothing elsewhere. */
export class Dice {
  #state: number;

  /** `name` says what is thrown for, such as a CRM's id. */
  constructor(seed: number, name: string) {
    const mixed = new TextEncoder()
      .encode(`${seed} ${name}`)
      .reduce((sum, byte) => (sum * 131 + byte) % MODULUS, 7);
    this.#state = mixed === 0 ? 1 : mixed;
    for (let turn = 0; turn < 8; turn += 1) this.next();
  }

  /** A number in [0, 1) (Park and Miller's generator). */
  next(): number {
    this.#state = (this.#state * 48_271) % MODULUS;
    return this.#state / MODULUS;
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
