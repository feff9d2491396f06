// The README's part about what was measured, and its charts, from the results of the last run. Pure.
import { show } from "../describe-rounds.ts";
import type { Results } from "../results.ts";
import { spreadOf } from "../rounds.ts";
import { type Bar, chartOf } from "./chart.ts";
import {
  claimsOf,
  describeLimit,
  describeReached,
  FASTIFY,
  isKept,
  outageOf,
  roundsOf,
} from "./claims.ts";

/** Between these the README has what is made here. */
const BEGIN = "<!-- measured: begin, by npm run bench:report -->";
const END = "<!-- measured: end -->";

const STACKS = ["relay", FASTIFY, "Fastify + BullMQ (always)", "Express"];
const LOAD = "bursts, 50 ms";

/** The files of the charts, beside the results. */
export const CHARTS = { inStep: "in-step.svg", outage: "outage.svg" } as const;

/** The README with its part made anew. Throws where it has no place for it. */
export function renew(readme: string, results: Results): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README has no ${BEGIN} … ${END}`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${tableOf(results)}${readme.slice(end)}`;
}

/** The charts by their files. */
export function chartsOf(results: Results): Readonly<Record<string, string>> {
  const bars = (benchmark: string, load: string, name: string): Bar[] =>
    STACKS.flatMap((contender) => {
      const rounds = roundsOf(results, benchmark, load, contender, name);
      if (rounds.length === 0) return [];
      return [{ name: contender, value: spreadOf(rounds).median, isOurs: contender === "relay" }];
    });
  const inStep = bars("in step", LOAD, "calls");
  const outage = bars("outage", outageOf(results), "stale");
  return {
    [CHARTS.inStep]: chartOf(
      "Calls for 3,000 updates, five of each customer, three CRMs",
      describe(inStep),
      inStep,
    ),
    [CHARTS.outage]: chartOf(
      "An outage of one CRM: older profiles written over newer",
      describe(outage),
      outage,
    ),
  };
}

function describe(bars: readonly Bar[]): string {
  return bars.map(({ name, value }) => `${name}: ${show(value)}`).join("; ");
}

function tableOf(results: Results): string {
  const { measured_at, machine, commit, command } = results;
  const { cpu, cores, memory_gib, state, versions } = machine;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const rows = claimsOf(results).map((claim) => {
    const kept = isKept(claim);
    const verdict = kept === null ? "" : kept ? "yes" : "**no**";
    const shown = `\`npm run bench -- ${claim.benchmark}\``;
    return `| ${claim.what} | ${describeReached(claim)} | ${describeLimit(claim)} | ${verdict} | ${shown} |`;
  });
  return [
    "",
    `On ${measured_at.slice(0, 10)}, ${cores} × ${cpu}, ${memory_gib.toFixed(0)} GiB, ${programs.join(", ")}, commit`,
    `${commit}, by \`${command}\`; state ${state}.`,
    "Medians of paired ratios, with their range.",
    "",
    "| what | reached | aimed at | kept | shown by |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    `![Calls for 3,000 updates](test/bench/results/${CHARTS.inStep})`,
    "",
    `![Older profiles written over newer](test/bench/results/${CHARTS.outage})`,
    "",
    "",
  ].join("\n");
}
