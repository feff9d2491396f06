// Which benchmark measures whom, and what it prints.
import type { Contender } from "./contenders/contender.ts";
import { printCounts } from "./counts.ts";
import { describeRounds } from "./describe-rounds.ts";
import { measureGrowth } from "./growth.ts";
import { aboutInStep, measureInStep } from "./in-step.ts";
import { aboutIngest, measureIngest } from "./ingest.ts";
import { measureInstructions } from "./instructions.ts";
import { measureIsolation } from "./isolation.ts";
import { aboutBeside, measureBeside } from "./isolation-beside.ts";
import { aboutLatency, measureLatency } from "./latency.ts";
import type { Benchmark, Options } from "./options.ts";
import { aboutOutage, measureOutage } from "./outage.ts";
import type { Measurement, Outcome } from "./results.ts";
import { OURS, SERVERS, STACKS, TAKERS, WORKERS } from "./roster.ts";
import type { Sizes } from "./sizes.ts";

/** Where a benchmark runs. */
export interface Surroundings {
  readonly options: Options;
  /** Contenders that can be measured here; others are left out. */
  readonly able: readonly Contender[];
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

type Measure = (
  contenders: readonly Contender[],
  sizes: Sizes,
  signal: AbortSignal,
) => Promise<Measurement[]>;

/** Whom a benchmark compares, in groups; the first of each is what the others are compared with. */
export const CONTENDERS: Readonly<Record<Benchmark, readonly (readonly Contender[])[]>> = {
  counts: [],
  growth: [],
  instructions: [],
  ingest: [TAKERS],
  "in-step": [WORKERS, STACKS],
  latency: [SERVERS],
  outage: [WORKERS, SERVERS],
  isolation: [WORKERS, SERVERS],
};

/** Measures and prints. */
export async function runBenchmark(
  benchmark: Benchmark,
  surroundings: Surroundings,
): Promise<Outcome> {
  const { options, print, signal } = surroundings;
  switch (benchmark) {
    case "counts":
      return printCounts(print, signal);
    case "growth":
      return measureGrowth(options.sizes, print, signal);
    case "instructions":
      return measureInstructions(print, signal);
    case "ingest":
      return compare(benchmark, surroundings, aboutIngest(options.sizes), measureIngest);
    case "in-step":
      return compare(benchmark, surroundings, aboutInStep(options.sizes), measureInStep);
    case "latency":
      return compare(benchmark, surroundings, aboutLatency(options.sizes), measureLatency);
    case "outage":
      return compare(benchmark, surroundings, aboutOutage(options.sizes), measureOutage);
    case "isolation": {
      const alone = await measureIsolation(options, print, signal);
      const about = aboutBeside(options.sizes);
      const beside = await compare(benchmark, surroundings, about, measureBeside);
      return {
        isWell: alone.isWell && beside.isWell,
        measurements: [...alone.measurements, ...beside.measurements],
      };
    }
  }
}

async function compare(
  benchmark: Benchmark,
  { options, able, print, signal }: Surroundings,
  about: readonly string[],
  measure: Measure,
): Promise<Outcome> {
  for (const line of about) print(line);
  const all: Measurement[] = [];
  for (const group of CONTENDERS[benchmark]) {
    const contenders = group.filter(({ name }) => able.some((one) => one.name === name));
    if (contenders.length === 0) continue;
    const measurements = await measure(contenders, options.sizes, signal);
    for (const line of describeRounds(measurements)) print(line);
    all.push(...measurements);
  }
  return { isWell: all.every((one) => !isLoss(one)), measurements: all };
}

/** Whether the relay lost or refused an update, or put an older in the place of a newer; others may. */
function isLoss({ contender, rounds }: Measurement): boolean {
  if (!Object.values(OURS).some((name) => name === contender)) return false;
  return ["lost", "refused", "stale"].some((name) =>
    (rounds[name] ?? []).some((count) => count !== 0),
  );
}
