// The alarm of a Durable Object, which remembers when it goes off: nothing is read, and nothing written for a
// time that is later than that.

/** An object's only alarm. Times are in ms of Unix time. */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  /** When it goes off; `null`: never. */
  #at: number | null = null;

  /** Nobody reaches the object before it is known when the alarm goes off. */
  constructor(ctx: DurableObjectState) {
    this.#storage = ctx.storage;
    void ctx.blockConcurrencyWhile(async () => {
      this.#at = await ctx.storage.getAlarm();
    });
  }

  /** Sees to it that the alarm goes off no later than then. */
  async arm(at: number): Promise<void> {
    if (this.#at !== null && this.#at <= at) return;
    this.#at = at;
    await this.#storage.setAlarm(at);
  }

  /** It goes off just now. */
  wentOff(): void {
    this.#at = null;
  }
}
