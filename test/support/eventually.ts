// Waiting without guessing how long: what must become true is tried until it is.
import { vi } from "vitest";

/** The machine may be busy with other work, so this is far longer than anything should take. */
const PATIENCE_MS = 30_000;
const INTERVAL_MS = 50;

/** Tries a check again until it passes; fails with the check's own last error after `timeoutMs`. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  timeoutMs: number = PATIENCE_MS,
): Promise<T> {
  return vi.waitFor(check, { timeout: timeoutMs, interval: INTERVAL_MS });
}

/** Works through items, at most `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
