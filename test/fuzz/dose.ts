// How much is fuzzed and with which seed, and the line that says what came of it. Runs in workerd and in Node.
import fc from "fast-check";
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** `FUZZ` and `FUZZ_SEED`, as test/vitest.config.ts read them. */
    readonly fuzz: { readonly times: number; readonly seed: number };
  }
}

/** A test takes as long as it was told to, and nothing that it asks for takes longer than this. */
const ANSWER_MS = 20_000;
export const TEST_MS = 6 * 60 * 60 * 1000;

/** How often each answer came, by what a check calls it. */
export type Counts = ReadonlyMap<string, number>;

/**
 * Checks so many inputs, times `FUZZ`, and prints one line. `check` throws, or hangs, where something is wrong,
 * and otherwise says in a word for each of its answers what it was.
 */
export async function fuzz<T>(
  target: string,
  runs: number,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<readonly string[]> | readonly string[],
): Promise<Counts> {
  const { times, seed } = inject("fuzz");
  const counts = new Map<string, number>();
  const numRuns = Math.ceil(runs * times);
  const property = fc.asyncProperty(inputs, async (input) => {
    for (const word of await check(input)) counts.set(word, (counts.get(word) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns, seed, timeout: ANSWER_MS, endOnFailure: times > 1 });
  const sorted = [...counts].toSorted(([left], [right]) => left.localeCompare(right));
  const found = sorted.map(([word, count]) => `${count} × ${word}`);
  // Not `console.log`: that is the relay's own, and looked through for what must not be in it.
  console.info(`fuzz ${target}: ${numRuns} inputs, seed ${seed}: ${found.join(", ")}`);
  return counts;
}
