// How the demo learns that somebody wants it to end.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const PARENT_POLL_MS = 500;

/** Somebody wants the demo to end. */
export class Interruption extends Error {
  readonly signal: (typeof SIGNALS)[number];

  constructor(signal: (typeof SIGNALS)[number]) {
    super(signal);
    this.name = "Interruption";
    this.signal = signal;
  }
}

/** The first wish to end, for those who wait and for those who ask. */
export interface Interruptible {
  /** Rejects with an `Interruption`. */
  readonly promise: Promise<never>;
  readonly signal: AbortSignal;
}

/**
 * Listens for signals, and notices when nobody reads any more what is printed, or when npm is gone: it
 * hands a SIGTERM on to a shell, which keeps it to itself. Later signals do nothing.
 */
export function listenForInterruption(): Interruptible {
  const { promise, reject } = Promise.withResolvers<never>();
  const controller = new AbortController();
  const interrupt = (signal: (typeof SIGNALS)[number]): void => {
    controller.abort();
    reject(new Interruption(signal));
  };
  promise.catch(() => undefined); // for when nobody waits any more
  for (const signal of SIGNALS) process.on(signal, () => interrupt(signal));
  for (const output of [process.stdout, process.stderr]) {
    output.on("error", () => interrupt("SIGHUP"));
  }
  const parent = process.ppid;
  if (process.env["npm_lifecycle_event"] !== undefined) {
    setInterval(() => {
      if (process.ppid !== parent) interrupt("SIGTERM");
    }, PARENT_POLL_MS).unref();
  }
  return { promise, signal: controller.signal };
}
