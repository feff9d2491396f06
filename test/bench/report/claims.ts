// What was to hold, from the results of a run: each with its limit and the command that shows it. The README's
// table and the end of a run are made from it. Pure.
import { SIZES } from "../../costs/operations.ts";
import { LIMITS_UNDER_LOAD, MAX_GROWTH, MAX_USD_A_MILLION } from "../../costs/prices.ts";
import { show } from "../describe-rounds.ts";
import { loadOf, ROWS } from "../growth.ts";
import { BESIDE_OTHERS } from "../isolation-beside.ts";
import type { Benchmark } from "../options.ts";
import type { Results } from "../results.ts";
import { ratios, type Spread, spreadOf } from "../rounds.ts";

/** Something that was to hold. */
export interface Claim {
  readonly what: string;
  /** What was reached, of all rounds; empty where it was not measured. */
  readonly rounds: readonly (number | null)[];
  readonly limit: number;
  /** Whether the limit is the most, or the least. */
  readonly bound: "most" | "least";
  readonly unit: string;
  /** What follows `npm run bench --`. */
  readonly benchmark: Benchmark;
}

const RELAY = "relay";
const ON_MINIFLARE = "relay (Miniflare)";
const PLAIN = "plain Worker (Miniflare)";
export const FASTIFY = "Fastify + BullMQ (everysec)";

/** All claims, in the order of the README's table. */
export function claimsOf(results: Results): Claim[] {
  const counted = Object.entries(LIMITS_UNDER_LOAD).map(([name, limit]): Claim => {
    const rounds = roundsOf(results, "counts", "high", RELAY, name);
    return {
      what: `${name} an update`,
      rounds,
      limit,
      bound: "most",
      unit: "",
      benchmark: "counts",
    };
  });
  return [
    ...counted,
    {
      what: "a million updates, list prices",
      rounds: roundsOf(results, "counts", "high", RELAY, "US$ / M"),
      limit: MAX_USD_A_MILLION,
      bound: "most",
      unit: " US$",
      benchmark: "counts",
    },
    ...grown(results),
    {
      what: "instructions of a webhook, over those of a bare Worker",
      rounds: overOther(results, "instructions", "ingest", [RELAY, "bare Worker"], "instructions"),
      limit: 1.25,
      bound: "most",
      unit: " ×",
      benchmark: "instructions",
    },
    {
      what: "webhooks a second, over a bare Worker's",
      rounds: overOther(
        results,
        "ingest",
        "webhooks",
        ["relay, ingest only", "bare Worker, ingest only"],
        "requests/s",
      ),
      limit: 0.8,
      bound: "least",
      unit: " ×",
      benchmark: "ingest",
    },
    ...inStep(results, "distinct, at once", [ON_MINIFLARE, PLAIN], "the plain Worker's", 2.5),
    ...inStep(results, "bursts, at once", [ON_MINIFLARE, PLAIN], "the plain Worker's", 4),
    ...inStep(results, "distinct, at once", [RELAY, FASTIFY], "Fastify's", 2.5),
    ...inStep(results, "distinct, 50 ms", [RELAY, FASTIFY], "Fastify's", 5),
    {
      what: "CPU of an update in step, over Fastify's",
      rounds: overOther(results, "in step", "distinct, at once", [RELAY, FASTIFY], "CPU s/1000"),
      limit: 0.3,
      bound: "most",
      unit: " ×",
      benchmark: "in-step",
    },
    {
      what: "calls to CRMs, over Fastify's",
      rounds: overOther(results, "in step", "distinct, at once", [RELAY, FASTIFY], "calls"),
      limit: 0.02,
      bound: "most",
      unit: " ×",
      benchmark: "in-step",
    },
    {
      what: "p99 from webhook to CRM at 200 updates a second, over Fastify's",
      rounds: overOther(results, "latency", "200 updates/s", [RELAY, FASTIFY], "p99 ms"),
      limit: 1.5,
      bound: "most",
      unit: " ×",
      benchmark: "latency",
    },
    {
      what: "calls to a CRM that is away, over Fastify's",
      rounds: overOther(results, "outage", outageOf(results), [RELAY, FASTIFY], "calls"),
      limit: 0.02,
      bound: "most",
      unit: " ×",
      benchmark: "outage",
    },
    {
      what: "older profiles written over newer, in that outage",
      rounds: roundsOf(results, "outage", outageOf(results), RELAY, "stale"),
      limit: 0,
      bound: "most",
      unit: "",
      benchmark: "outage",
    },
    {
      what: "p99 at healthy CRMs beside one that hangs, over without it",
      rounds: besideSick(results),
      limit: 1.1,
      bound: "most",
      unit: " ×",
      benchmark: "isolation",
    },
  ];
}

/** Whether what was reached keeps the limit; `null` where it was not measured. */
export function isKept({ rounds, limit, bound }: Claim): boolean | null {
  if (rounds.length === 0) return null;
  const { median } = spreadOf(rounds);
  return bound === "most" ? median <= limit : median >= limit;
}

/** What was aimed at in words. */
export function describeLimit({ limit, bound, unit }: Claim): string {
  return `${bound === "most" ? "≤" : "≥"} ${limit}${unit}`;
}

/** What was reached in words: the median, and the range where rounds differ. */
export function describeReached({ rounds, unit }: Claim): string {
  if (rounds.length === 0) return "not measured";
  const { median, low, high }: Spread = spreadOf(rounds);
  const range = low === high ? "" : ` (${show(low)}–${show(high)})`;
  return `${show(median)}${unit}${range}`;
}

/** The rounds of one number; none where it was not measured. */
export function roundsOf(
  { measurements }: Results,
  benchmark: string,
  load: string,
  contender: string,
  name: string,
): readonly (number | null)[] {
  const found = measurements.find(
    (one) => one.benchmark === benchmark && one.load === load && one.contender === contender,
  );
  return found?.rounds[name] ?? [];
}

/** The load of the outage, which is named by its size. */
export function outageOf({ measurements }: Results): string {
  return measurements.find(({ benchmark }) => benchmark === "outage")?.load ?? "";
}

/** Of the operation that grows most; nothing from results of before there was this benchmark. */
function grown(results: Results): Claim[] {
  const [few = {}, many = {}] = [SIZES[0], SIZES[2]].map(
    (customers) =>
      results.measurements.find(
        ({ benchmark, load }) => benchmark === "growth" && load === loadOf(customers),
      )?.rounds,
  );
  const names = Object.keys(many).filter((name) => name.startsWith(ROWS));
  if (names.length === 0) return [];
  const times = names.map((name) => {
    const [less, more] = [few[name]?.[0] ?? 0, many[name]?.[0] ?? Number.POSITIVE_INFINITY];
    return more === less ? 1 : more / less;
  });
  return [
    {
      what: `rows that an operation reads with ${SIZES[2]} customers, over ${SIZES[0]}`,
      rounds: [Math.max(...times)],
      limit: MAX_GROWTH,
      bound: "most",
      unit: " ×",
      benchmark: "growth",
    },
  ];
}

function inStep(
  results: Results,
  load: string,
  pair: readonly [string, string],
  whose: string,
  limit: number,
): Claim[] {
  const rounds = overOther(results, "in step", load, pair, "updates/s");
  const what = `updates a second in step (${load}), over ${whose}`;
  return [{ what, rounds, limit, bound: "least", unit: " ×", benchmark: "in-step" }];
}

/** In each round what one reached over what another did. */
function overOther(
  results: Results,
  benchmark: string,
  load: string,
  [one, other]: readonly [string, string],
  name: string,
): readonly (number | null)[] {
  return ratios(
    roundsOf(results, benchmark, load, one, name),
    roundsOf(results, benchmark, load, other, name),
  );
}

function besideSick({ measurements }: Results): readonly (number | null)[] {
  const found = measurements.find(
    ({ benchmark, load }) => benchmark === "isolation" && load !== BESIDE_OTHERS,
  )?.rounds;
  return ratios(found?.["p99 ms, one sick"] ?? [], found?.["p99 ms, all well"] ?? []);
}
