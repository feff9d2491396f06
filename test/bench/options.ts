// What may follow `npm run bench --`.
import { parseArgs } from "node:util";
import { type Sickness, SICKNESSES } from "./crm.ts";
import { FULL, QUICK, type Sizes } from "./sizes.ts";

const DEFAULTS = { seconds: 30, pairs: 3, rate: 200, batch: 1 } as const;
const QUICK_DEFAULTS = { ...DEFAULTS, seconds: 5, pairs: 1 } as const;
const LIMITS = { seconds: 600, pairs: 100, rate: 2_000, batch: 1_000, rounds: 100 } as const;

/** The benchmarks, the most stable first. */
export const BENCHMARKS = [
  "counts",
  "growth",
  "instructions",
  "ingest",
  "in-step",
  "latency",
  "outage",
  "isolation",
] as const;
export type Benchmark = (typeof BENCHMARKS)[number];

/** How the benchmarks run. */
export interface Options {
  /** Those that run, in this order. */
  readonly benchmarks: readonly Benchmark[];
  /** The file that takes all numbers as JSON; `null` for none. */
  readonly json: string | null;
  readonly sizes: Sizes;
  /** Length of each run of isolation, without its warm-up. */
  readonly seconds: number;
  /** How often the two runs of isolation alternate. */
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
  "npm run bench                  all benchmarks, the most stable first:",
  "npm run bench -- counts        what an update uses, and costs; the same on every run",
  "npm run bench -- growth        rows read and CPU of operations with up to 100,000 customers",
  "npm run bench -- instructions  of a webhook accepted, beside a bare Worker; needs valgrind",
  "npm run bench -- ingest        webhooks a second, beside a bare Worker",
  "npm run bench -- in-step       bursts until CRMs and lookup are current, beside other stacks",
  "npm run bench -- latency       webhook to CRM, beside other stacks",
  "npm run bench -- outage        a CRM that goes and comes back, beside other stacks",
  "npm run bench -- isolation     what a sick CRM costs the others; then beside other stacks",
  "npm run bench -- --json file   writes all numbers of all rounds to a file, too, and keeps those of others",
  "npm run bench -- --rounds 9    how often those beside others alternate; usually 5",
  "npm run bench -- --quick       little of everything: whether it runs, not how fast",
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
      rounds: text,
      quick: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return null;
  const sizes = values.quick === true ? QUICK : FULL;
  const defaults = values.quick === true ? QUICK_DEFAULTS : DEFAULTS;
  const read = (name: keyof typeof LIMITS, usual: number): number => {
    const given = values[name];
    const number = given === undefined ? usual : Number(given);
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
  return {
    benchmarks: chosen.length === 0 ? BENCHMARKS : chosen,
    json: values.json ?? null,
    sizes: { ...sizes, rounds: read("rounds", sizes.rounds) },
    sick,
    seconds: read("seconds", defaults.seconds),
    pairs: read("pairs", defaults.pairs),
    rate: read("rate", defaults.rate),
    batch: read("batch", defaults.batch),
  };
}
