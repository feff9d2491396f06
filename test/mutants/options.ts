// What may follow `npm run mutants --`.
import { parseArgs } from "node:util";

/** How mutants are chosen and judged. */
export interface Options {
  /** Only files whose path has one of these in it; none for all. */
  readonly files: readonly string[];
  /** So many mutants, drawn by the seed; `null` for all. */
  readonly sample: number | null;
  /** Of the draw, and of what is random in the tests. */
  readonly seed: number;
  /** Schedules of the ledger that each mutant has to survive. */
  readonly schedules: number;
  /** Whether property tests alone are to notice. */
  readonly properties: boolean;
}

/** The lines of `--help`. */
export const USAGE = [
  "npm run mutants                     breaks the ledger and the gate in every way it knows: see who notices",
  "npm run mutants -- ledger/turn.ts   only in files whose path has this in it",
  "npm run mutants -- --sample 60      only so many mutants, drawn by the seed",
  "npm run mutants -- --seed 7         another draw, other random tests; usually 1",
  "npm run mutants -- --schedules 50   schedules of the ledger that each has to survive; usually 60",
  "npm run mutants -- --properties     judged by property tests alone",
];

/** Reads the arguments; `null` when help is wanted. Throws an error that names a wrong one. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      sample: text,
      seed: text,
      schedules: text,
      properties: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return null;
  const read = (name: "sample" | "seed" | "schedules"): number | null => {
    const given = values[name];
    if (given === undefined) return null;
    const number = Number(given);
    if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number;
    throw new Error(`--${name} must be a whole number from 1 to 1000000.`);
  };
  return {
    files: positionals,
    sample: read("sample"),
    seed: read("seed") ?? 1,
    schedules: read("schedules") ?? 60,
    properties: values.properties ?? false,
  };
}
