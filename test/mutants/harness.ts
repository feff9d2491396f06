// Stands in for Vitest where a mutant is judged: it collects tests and runs them in order, and starts in
// a few milliseconds. Its `expect` is Vitest's own.
export { expect } from "vitest";

type Body = (...row: readonly unknown[]) => unknown;
type NamedTest = readonly [name: string, body: () => unknown];

const tests: NamedTest[] = [];

/** A group of tests; its name matters to nobody here. */
export function describe(_name: string, body: Body): void {
  body();
}

/** A group of tests for each row of a table. */
describe.each = eachOf(describe);

/** A test. */
export function it(name: string, body: Body): void {
  tests.push([name, body]);
}

/** A test for each row of a table. */
it.each = eachOf(it);

function eachOf(declare: (name: string, body: Body) => void) {
  return (rows: readonly unknown[]) =>
    (name: string, body: Body): void => {
      for (const row of rows) declare(name, () => body(...(Array.isArray(row) ? row : [row])));
    };
}

/** Runs all tests up to the first that fails; which that was, or `null`. */
export async function findFailure(): Promise<string | null> {
  for (const [name, body] of tests) {
    try {
      await body();
    } catch {
      return name;
    }
  }
  return null;
}
