// The benchmark of growth: what operations of one partition take as its customers become more. Rows read are
// counted inside workerd by test/costs/growth.test.ts; CPU is measured in processes of their own.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { SIZES } from "../costs/operations.ts";
import { type Counts, MAX_GROWTH } from "../costs/prices.ts";
import { runCountingTest } from "./counting-test.ts";
import { show } from "./describe-rounds.ts";
import { makeFolder } from "./process.ts";
import type { Measurement, Outcome } from "./results.ts";
import { ratios, spreadOf } from "./rounds.ts";
import type { Sizes } from "./sizes.ts";
import { row } from "./table.ts";

const TEST = "test/costs/growth.test.ts";
const PROCESS = join(import.meta.dirname, "growth-process.ts");
/** What the names of these numbers begin with in results. */
export const ROWS = "rows read";
const CPU = "CPU µs";

const numbersSchema = v.record(v.string(), v.number());
const metaSchema = v.object({
  grown: v.optional(v.array(v.object({ customers: v.number(), rows: numbersSchema })), []),
});

/** What was measured with so many customers: numbers of all rounds by operation. */
interface Grown {
  readonly customers: number;
  readonly rows: Counts;
  readonly cpu: readonly Counts[];
}

/** Measures and prints. All is well when no operation reads more rows than it may. */
export async function measureGrowth(
  { rounds, turns }: Sizes,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  for (const line of about(rounds, turns)) print(line);
  const { metas, failures, isWell } = await runCountingTest(TEST, metaSchema, signal);
  const counted = metas.flatMap(({ grown }) => grown);
  const cpu = await measureCpu(rounds, turns, signal);
  const all = SIZES.map((customers): Grown => {
    const rows = counted.find((one) => one.customers === customers)?.rows ?? {};
    return { customers, rows, cpu: cpu.get(customers) ?? [] };
  });
  for (const line of [...describeRows(all), ...describeCpu(all)]) print(line);
  for (const failure of failures) print(failure);
  return { isWell, measurements: all.map(toMeasurement) };
}

function about(rounds: number, turns: number): string[] {
  return [
    "growth: operations of one partition with so many customers, all in step but for ten; four destinations.",
    "Rows read are those of a Durable Object's SQLite, the same on every run. CPU is that of the partition's",
    "rules on Node's SQLite (a file with a write-ahead log, a transaction for each operation), without the",
    `calls of a Durable Object: the mean of ${turns} turns in a process of its own. Sizes alternate; rounds: ${rounds},`,
    "of which medians are shown, and the median and the range of paired ratios.",
  ];
}

/** By size: the rounds' numbers, in µs by operation. */
async function measureCpu(
  rounds: number,
  turns: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, readonly Counts[]>> {
  const all = new Map<number, Counts[]>(SIZES.map((customers) => [customers, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [customers, numbers] of all) {
      numbers.push(await measureRound(customers, turns, signal));
    }
  }
  return all;
}

async function measureRound(
  customers: number,
  turns: number,
  signal: AbortSignal,
): Promise<Counts> {
  const folder = await makeFolder();
  try {
    const args = [PROCESS, join(folder, "ledger.sqlite"), String(customers), String(turns)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
    return v.parse(numbersSchema, JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function describeRows(all: readonly Grown[]): string[] {
  const { few, many, names } = endsOf(all);
  return [
    "",
    row(ROWS, [...all.map(sizeOf), "×", "limit"]),
    ...names.map((name) => {
      const grown = ratios([many?.rows[name] ?? null], [few?.rows[name] ?? null]);
      const cells = all.map(({ rows }) => rows[name] ?? "");
      return row(name, [...cells, show(spreadOf(grown).median), `${MAX_GROWTH} ×`]);
    }),
  ];
}

function describeCpu(all: readonly Grown[]): string[] {
  const { few, many, names } = endsOf(all);
  const roundsOf = (one: Grown | undefined, name: string) =>
    (one?.cpu ?? []).map((numbers) => numbers[name] ?? null);
  return [
    "",
    row(CPU, [...all.map(sizeOf), "×", "range"]),
    ...names.map((name) => {
      const medians = all.map((one) => show(spreadOf(roundsOf(one, name)).median));
      const { median, low, high } = spreadOf(ratios(roundsOf(many, name), roundsOf(few, name)));
      return row(name, [...medians, show(median), `  ${show(low)}–${show(high)}`]);
    }),
  ];
}

/** The fewest customers and the most, and what was asked. */
function endsOf(all: readonly Grown[]) {
  const [few, many] = [all.at(0), all.at(-1)];
  return { few, many, names: Object.keys(many?.rows ?? {}) };
}

/** The load's name in results. */
export function loadOf(customers: number): string {
  return `${customers} customers`;
}

function sizeOf({ customers }: Grown): string {
  return customers.toLocaleString("en");
}

function toMeasurement({ customers, rows, cpu }: Grown): Measurement {
  const names = Object.keys(rows);
  return {
    benchmark: "growth",
    load: loadOf(customers),
    contender: "relay",
    rounds: Object.fromEntries([
      ...names.map((name) => [`${ROWS}, ${name}`, [rows[name] ?? null]]),
      ...names.map((name) => [`${CPU}, ${name}`, cpu.map((numbers) => numbers[name] ?? null)]),
    ]),
  };
}
