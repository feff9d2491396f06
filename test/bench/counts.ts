// The counts: what an update uses, as test/costs/exact.test.ts counts it inside workerd, and what that costs.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import {
  type Counts,
  FREE_A_DAY,
  LIMITS_UNDER_LOAD,
  MAX_USD_A_MILLION,
  price,
  PRICES_OF_TELLING,
  PRICES_OF_WORK,
} from "../costs/prices.ts";
import type { Measurement, Outcome } from "./results.ts";
import { row } from "./table.ts";

const root = dirname(dirname(import.meta.dirname));
const VITEST = join(root, "node_modules/vitest/vitest.mjs");
const TEST = "test/costs/exact.test.ts";

const countedSchema = v.object({
  load: v.object({
    updates: v.number(),
    customers: v.number(),
    everyMs: v.number(),
    roundMs: v.number(),
  }),
  counts: v.record(v.string(), v.number()),
});
type Counted = v.InferOutput<typeof countedSchema>;

const reportSchema = v.object({
  testResults: v.array(
    v.object({
      assertionResults: v.array(
        v.object({
          status: v.string(),
          failureMessages: v.array(v.string()),
          meta: v.object({ counted: v.optional(countedSchema) }),
        }),
      ),
    }),
  ),
});

/** Counts and prints. */
export async function printCounts(
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  print("counts: three CRMs that take batches of 100; customers are new to the relay.");
  print(
    "Real: Worker, ledger and gates with their SQLite, consumer, KV. Modelled: the clock; when alarms",
  );
  print(
    "ring; the queue, which hands all doorbells of a moment to one run; CRMs, which answer at once.",
  );
  print("Objects stay awake. CPU, duration and rows read are in no price.");
  const { counted, failures, isWell } = await count(signal);
  for (const one of counted) for (const line of describe(one)) print(line);
  for (const failure of failures) print(failure);
  return { isWell, measurements: counted.map(toMeasurement) };
}

/** Runs the test; what it counted, and what did not hold. */
async function count(signal: AbortSignal): Promise<{
  readonly counted: readonly Counted[];
  readonly failures: readonly string[];
  readonly isWell: boolean;
}> {
  const directory = await mkdtemp(join(tmpdir(), "gameball-relay-counts-"));
  const file = join(directory, "counts.json");
  const reporter = ["--reporter=json", `--outputFile=${file}`];
  const options = ["--config", "test/vitest.config.ts", "--project", "costs", ...reporter];
  try {
    const run = promisify(execFile)(process.execPath, [VITEST, "run", TEST, ...options], {
      cwd: root,
      signal,
    });
    // It fails where a test does, and then the report tells more.
    const crash = await run.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error : new Error("vitest failed")),
    );
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) throw crash ?? new Error("nothing was counted");
    const { testResults } = v.parse(reportSchema, JSON.parse(text));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    return {
      counted: tests.flatMap(({ meta }) => meta.counted ?? []),
      failures: tests.flatMap(({ failureMessages }) => failureMessages),
      isWell: crash === null && tests.length > 0,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function describe({ load, counts }: Counted): string[] {
  const { updates, customers, everyMs, roundMs } = load;
  const isLow = roundMs === 0;
  const limits: Counts = isLow ? {} : LIMITS_UNDER_LOAD;
  const usd = (name: string, prices: Counts): string[] => {
    const used = counts[name];
    const each = prices[name];
    if (used === undefined || each === undefined) return ["", ""];
    return [((used * each) / updates).toFixed(2), String(each)];
  };
  const prices: Counts = { ...PRICES_OF_WORK, ...PRICES_OF_TELLING };
  const runs = counts["consumer runs"] ?? 0;
  const [work, told] = [PRICES_OF_WORK, PRICES_OF_TELLING].map((list) =>
    price(counts, list, updates).toFixed(2),
  );
  const { most, by } = carriedADay(counts, updates);
  return [
    "",
    isLow
      ? `low load: ${updates} updates of ${customers} customers, each when all of the one before has ended`
      : `high load: ${updates} updates of ${customers} customers, one every ${everyMs} ms; alarms and consumer every ${roundMs} ms`,
    `updates that a consumer's run takes: ${updates / runs}`,
    row("", ["all", "an update", "limit", "US$ / M", "price"]),
    ...Object.entries(counts).map(([name, all]) =>
      row(name, [
        all,
        (all / updates).toFixed(3),
        String(limits[name] ?? ""),
        ...usd(name, prices),
      ]),
    ),
    row("US$ a million, work", ["", "", isLow ? "" : MAX_USD_A_MILLION, work ?? ""]),
    row("US$ a million, told", ["", "", "", told ?? ""]),
    row("updates a day, free plan", [most, `  ${by}`]),
  ];
}

/** Updates that the free plan carries in a day with nothing else to do, and what it runs out of first. */
function carriedADay(counts: Counts, updates: number) {
  // A consumer's run is an invocation, too: it is counted as a Worker request.
  const runs = counts["consumer runs"] ?? 0;
  const used: Counts = { ...counts, "Worker requests": (counts["Worker requests"] ?? 0) + runs };
  const days = Object.entries(FREE_A_DAY).map(([name, free]) => {
    return { by: name, most: Math.floor((free * updates) / (used[name] ?? 0)) };
  });
  return days.reduce((least, day) => (day.most < least.most ? day : least));
}

/** Of an update, and US$ a million. */
function toMeasurement({ load, counts }: Counted): Measurement {
  const { updates, roundMs } = load;
  const usd = price(counts, PRICES_OF_WORK, updates);
  const each = Object.entries(counts).map(([name, all]) => [name, [all / updates]]);
  return {
    benchmark: "counts",
    load: roundMs === 0 ? "low" : "high",
    contender: "relay",
    rounds: {
      ...Object.fromEntries(each),
      "US$ / M": [usd],
      "US$ / M, told": [price(counts, PRICES_OF_TELLING, updates)],
      "free plan, updates a day": [carriedADay(counts, updates).most],
    },
  };
}
