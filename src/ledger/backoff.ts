// When a failed delivery is tried again: exponential backoff with full jitter.

const BASE_MS = 5_000;
const CAP_MS = 60 * 60 * 1000;

/**
 * Milliseconds until the next attempt after `failures` (1, 2, 3 …) in a row: anywhere between
 * nothing and 5 s, doubling, at most 1 h ("full jitter", AWS Architecture Blog, 2015). `random` is
 * in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures - 1, 30));
  return Math.floor(random * ceiling);
}
