// The counts: what an update uses, as test/costs/exact.test.ts counts it inside workerd, and what that costs.
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
import { runCountingTest } from "./counting-test.ts";
import type { Measurement, Outcome } from "./results.ts";
import { row } from "./table.ts";

const TEST = "test/costs/exact.test.ts";
/** The names of loads there that are shown in full. */
const [LOW, HIGH] = ["low", "high"];

const countedSchema = v.object({
  load: v.object({
    name: v.string(),
    updates: v.number(),
    customers: v.number(),
    everyMs: v.number(),
    roundMs: v.number(),
    answerMs: v.array(v.number()),
  }),
  counts: v.record(v.string(), v.number()),
});
type Counted = v.InferOutput<typeof countedSchema>;

const metaSchema = v.object({ counted: v.optional(countedSchema) });

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
    "ring; the queue, which hands all doorbells of a moment to one run; CRMs, which answer at once but",
  );
  print("where it says otherwise; there rows read may differ by a thousandth from run to run.");
  print("Objects stay awake. CPU, duration and rows read are in no price.");
  const { metas, failures, isWell } = await runCountingTest(TEST, metaSchema, signal);
  const counted = metas.flatMap((meta) => meta.counted ?? []);
  for (const line of describeAll(counted)) print(line);
  for (const failure of failures) print(failure);
  return { isWell, measurements: counted.map(toMeasurement) };
}

/** The low load and the high one each by itself, the others beside that for which the limits are. */
function describeAll(all: readonly Counted[]): string[] {
  const high = all.find(({ load }) => load.name === HIGH);
  const others = all.filter(({ load }) => load.name !== LOW && load.name !== HIGH);
  const ofAll = all.filter((one) => !others.includes(one)).flatMap(describe);
  if (high === undefined || others.length === 0) return ofAll;
  const beside = [high, ...others];
  const names = Object.keys(high.counts);
  return [
    ...ofAll,
    "",
    "other loads, of an update; the limits are for the high load:",
    ...others.map(({ load }) => `${load.name}: ${words(load)}`),
    row("", [...beside.map(({ load }) => load.name), "limit"]),
    ...names.map((name) => {
      const each = beside.map(({ load, counts }) =>
        ((counts[name] ?? Number.NaN) / load.updates).toFixed(3),
      );
      const limits: Counts = LIMITS_UNDER_LOAD;
      return row(name, [...each, String(limits[name] ?? "")]);
    }),
    row("US$ a million, work", [
      ...beside.map(({ load, counts }) => price(counts, PRICES_OF_WORK, load.updates).toFixed(2)),
      MAX_USD_A_MILLION,
    ]),
  ];
}

/** What distinguishes a load. */
function words({ updates, customers, everyMs, roundMs, answerMs }: Counted["load"]): string {
  const all = `${updates} updates of ${customers} customers`;
  if (roundMs === 0) return `${all}, each when all of the one before has ended`;
  const answers = answerMs.every((ms) => ms === 0)
    ? ""
    : `; CRMs answer after ${answerMs.join(", ")} ms`;
  return `${all}, one every ${everyMs} ms; alarms and consumer every ${roundMs} ms${answers}`;
}

function describe({ load, counts }: Counted): string[] {
  const { updates, roundMs } = load;
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
    `${load.name} load: ${words(load)}`,
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
  const { name: loadName, updates } = load;
  const usd = price(counts, PRICES_OF_WORK, updates);
  const each = Object.entries(counts).map(([name, all]) => [name, [all / updates]]);
  return {
    benchmark: "counts",
    load: loadName,
    contender: "relay",
    rounds: {
      ...Object.fromEntries(each),
      "US$ / M": [usd],
      "US$ / M, told": [price(counts, PRICES_OF_TELLING, updates)],
      "free plan, updates a day": [carriedADay(counts, updates).most],
    },
  };
}
