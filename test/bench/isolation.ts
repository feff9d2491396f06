// The isolation benchmark: what a sick CRM costs the others. Runs with three CRMs that are well (A)
// alternate with runs in which the third is sick (B), so that what else the machine does meets both.
import { ANSWER_AFTER_MS, type CrmFacts, type Sickness } from "./crm.ts";
import type { Options } from "./options.ts";
import type { Outcome } from "./results.ts";
import { runSegment, type Segment, TIMEOUT_MS } from "./segment.ts";
import { quantile, row } from "./table.ts";

const MEDIAN = 0.5;
const P99 = 0.99;
const CRMS = ["first", "second", "third"];
const MAX_ERRORS = 10;

const DESCRIPTIONS: Readonly<Record<Sickness, string>> = {
  hangs: `hangs until its timeout of ${TIMEOUT_MS} ms`,
  drops: "drops every connection",
  limits: "answers 429 to all",
};

interface Pair {
  readonly well: readonly Segment[];
  readonly sick: readonly Segment[];
}

/** Measures and prints. All is well when every update reached both healthy CRMs. */
export async function measureIsolation(
  { pairs, sick: sickness, ...settings }: Options,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const { rate, seconds, batch } = settings;
  const events = batch === 1 ? "single events" : `batches of ${batch}`;
  print(`isolation: ${rate} updates a second for ${seconds} s; three CRMs that take ${events}`);
  print(`and answer after ${ANSWER_AFTER_MS} ms.`);
  print(`A: all are well. B: the third ${DESCRIPTIONS[sickness]}.`);
  print("");
  print(row("202 to acknowledgement, ms", ["A median", "B", "B / A", "A p99", "B", "B / A"]));
  const all: { well: Segment[]; sick: Segment[] } = { well: [], sick: [] };
  for (let pair = 1; pair <= pairs; pair += 1) {
    const well = await runSegment({ ...settings, sickness: null }, signal);
    const sick = await runSegment({ ...settings, sickness }, signal);
    print(row(`pair ${pair}`, compare({ well: [well], sick: [sick] })));
    all.well.push(well);
    all.sick.push(sick);
  }
  print(row("all, pooled", compare(all)));
  print("");
  for (const line of describe(all)) print(line);
  const measurement = {
    benchmark: "isolation",
    load: `${rate} updates/s, the third ${sickness}`,
    contender: "relay (Miniflare)",
    rounds: {
      "p99 ms, all well": all.well.map(p99Of),
      "p99 ms, one sick": all.sick.map(p99Of),
      lost: [...all.well, ...all.sick].map(({ missing }) => missing),
    },
  };
  const isWell = ![...all.well, ...all.sick].some(hasLost);
  return { isWell, measurements: [measurement] };
}

function hasLost({ missing, refused }: Segment): boolean {
  return missing + refused.length > 0;
}

function p99Of({ deliveryMs }: Segment): number {
  return quantile(deliveryMs, P99);
}

/** Medians and p99s of both, each with its ratio. */
function compare({ well, sick }: Pair): number[] {
  const [left, right] = [well, sick].map((runs) => runs.flatMap((run) => run.deliveryMs));
  return [MEDIAN, P99].flatMap((share) => {
    const [a, b] = [quantile(left ?? [], share), quantile(right ?? [], share)];
    return [a, b, b / a];
  });
}

/** What does not depend on the machine, or tells whether the machine was up to it. Sums over all runs. */
function describe({ well, sick }: Pair): string[] {
  const line = (name: string, of: (runs: readonly Segment[]) => number): string =>
    row(name, [of(well), of(sick)]);
  return [
    row("", ["A", "B"]),
    line("updates accepted", (runs) => acceptMs(runs).length),
    line("webhook to 202, median, ms", (runs) => quantile(acceptMs(runs), MEDIAN)),
    line("webhook to 202, p99, ms", (runs) => quantile(acceptMs(runs), P99)),
    ...CRMS.flatMap((name, crm) => [
      line(`calls to the ${name} CRM`, (runs) => sent(runs, crm).calls),
      line("  events in a call", (runs) => sent(runs, crm).events / sent(runs, crm).calls),
    ]),
    line("webhooks not accepted", (runs) => sum(runs, ({ refused }) => refused.length)),
    line("deliveries lost", (runs) => sum(runs, ({ missing }) => missing)),
    line("failures the relay logged", (runs) => sum(runs, ({ failures }) => failures.length)),
    ...errorsIn([...well, ...sick]),
  ];
}

function sum(runs: readonly Segment[], of: (run: Segment) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}

function acceptMs(runs: readonly Segment[]): number[] {
  return runs.flatMap((run) => run.acceptMs);
}

/** What one CRM was sent in all runs. */
function sent(runs: readonly Segment[], crm: number): CrmFacts {
  return {
    calls: sum(runs, ({ crms }) => crms[crm]?.calls ?? 0),
    events: sum(runs, ({ crms }) => crms[crm]?.events ?? 0),
  };
}

/** Each kind of error once. */
function errorsIn(runs: readonly Segment[]): string[] {
  const refused = runs.flatMap((run) => run.refused.map((answer) => `webhook: ${answer}`));
  const failures = runs.flatMap((run) => run.failures.map((entry) => `relay: ${entry}`));
  return [...new Set([...refused, ...failures])].slice(0, MAX_ERRORS);
}
