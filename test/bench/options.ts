// What may follow `npm run bench --`.
import { parseArgs } from "node:util";
import { type Sickness, SICKNESSES } from "./crm.ts";

const DEFAULTS = { seconds: 30, pairs: 3, rate: 200, batch: 1 } as const;
const LIMITS = { seconds: 600, pairs: 100, rate: 2_000, batch: 1_000 } as const;

/** The benchmarks, the most stable first. */
const BENCHMARKS = ["counts", "isolation"] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

/** How the benchmarks run. */
export interface Options {
  /** Those that run, in this order. */
  readonly benchmarks: readonly Benchmark[];
  /** The file that takes the counts as JSON; `null` for none. */
  readonly json: string | null;
  /** Length of each run, without its warm-up. */
  readonly seconds: number;
  /** How often the two runs alternate. */
  readonly pairs: number;
  /** Updates a second. */
  readonly rate: number;
  /** Events that each CRM takes in one request. */
  readonly batch: number;
  /** What ails the third CRM in every other run. */
  readonly sick: Sickness;
}

/** The lines of `--help`. */
export const USAGE = [
  "npm run bench                  all benchmarks: counts, isolation",
  "npm run bench -- counts        what an update uses, and costs; the same on every run",
  "npm run bench -- isolation     what a sick CRM costs the others",
  "npm run bench -- --json file   writes the counts to a file, too",
  "",
  "of isolation:",
  "npm run bench -- --batch 100   CRMs that take 100 events in a request; usually 1",
  "npm run bench -- --sick drops  what ails the third CRM: hangs (as usual), drops or limits",
  "npm run bench -- --rate 100    updates a second; usually 200",
  "npm run bench -- --seconds 5   how long each run takes; usually 30",
  "npm run bench -- --pairs 1     how often the two runs alternate; usually 3",
];

/** Reads the arguments; `null` when help is wanted. Throws an error that names a wrong one. */
export function readOptions(args: readonly string[]): Options | null {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seconds: text,
      pairs: text,
      rate: text,
      batch: text,
      sick: text,
      json: text,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return null;
  const read = (name: keyof typeof DEFAULTS): number => {
    const given = values[name];
    const number = given === undefined ? DEFAULTS[name] : Number(given);
    if (Number.isInteger(number) && number >= 1 && number <= LIMITS[name]) return number;
    throw new Error(`--${name} must be a whole number from 1 to ${LIMITS[name]}.`);
  };
  const sick = (Object.keys(SICKNESSES) as Sickness[]).find(
    (name) => name === (values.sick ?? "hangs"),
  );
  if (sick === undefined) throw new Error("--sick must be hangs, drops or limits.");
  const unknown = positionals.find((name) => !BENCHMARKS.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`${unknown}: choose from ${BENCHMARKS.join(", ")}.`);
  const chosen = BENCHMARKS.filter((name) => positionals.includes(name));
  const benchmarks = chosen.length === 0 ? BENCHMARKS : chosen;
  const json = values.json ?? null;
  if (json !== null && !benchmarks.includes("counts")) throw new Error("--json takes counts.");
  return {
    benchmarks,
    json,
    sick,
    seconds: read("seconds"),
    pairs: read("pairs"),
    rate: read("rate"),
    batch: read("batch"),
  };
}
