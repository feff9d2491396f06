// What is under way between a run of the consumer and the objects that it calls: a clock that is set by hand
// may only go on once nothing is, else runs would differ.

/** Event loop turns without anything under way after which nothing will be, until the clock goes on. */
const QUIET_TURNS = 3;

/** Counts calls until they are answered. */
export class UnderWay {
  #calls = 0;

  /** A namespace whose objects' calls are counted. */
  watchObjects(namespace: Pick<DurableObjectNamespace, "getByName">) {
    return { getByName: (name: string) => this.watch(namespace.getByName(name)) };
  }

  /** An object whose methods' calls are counted; all of them answer later. */
  watch<Target extends object>(target: Target): Target {
    return new Proxy(target, {
      get: (_, name) => {
        const methods = target as Record<string | symbol, (...args: unknown[]) => unknown>;
        return async (...args: unknown[]): Promise<unknown> => {
          this.#calls += 1;
          try {
            return await methods[name]?.(...args);
          } finally {
            this.#calls -= 1;
          }
        };
      },
    });
  }

  /** Ends when nothing is under way. */
  async end(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (this.#calls > 0) quiet = -1;
    }
  }
}
