// `npm run bench` as a program: its arguments, its end, its exit code. It is 1 when the relay lost an update or
// put an older profile in the place of a newer, or one uses more than it may; how fast anything was is for the
// reader to judge, who is told at the end which limits were kept.
import { readFile, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import * as v from "valibot";
import { Interruption, listenForInterruption } from "../demo/interruption.ts";
import { beginResults, describeRun } from "./machine.ts";
import { type Benchmark, type Options, readOptions, USAGE } from "./options.ts";
import { type Measurement, type Results, resultsSchema } from "./results.ts";
import { summarise } from "./report/summary.ts";
import { tryAll } from "./roster.ts";
import { CONTENDERS, runBenchmark } from "./suite.ts";

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  const interrupted = listenForInterruption();
  try {
    const options = readOptions(args);
    if (options === null) {
      for (const line of USAGE) print(line);
      return 0;
    }
    const begun = await beginResults(args);
    for (const line of describeRun(begun)) print(line);
    return (await runAll(options, begun, interrupted.signal)) ? 0 : 1;
  } catch (error) {
    const cause = interrupted.signal.aborted ? await reasonOf(interrupted.promise) : error;
    if (cause instanceof Interruption) return 128 + constants.signals[cause.signal];
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    return 1;
  }
}

/** Runs the benchmarks that were chosen. Gives whether all was well. */
async function runAll(options: Options, begun: Results, signal: AbortSignal): Promise<boolean> {
  const compared = new Set(options.benchmarks.flatMap((name) => CONTENDERS[name].flat()));
  const { able, about } = await tryAll([...compared], signal);
  if (compared.size > 0) print("");
  for (const [name, words] of Object.entries(about)) print(`${name}: ${words}`);
  const kept = options.json === null ? null : await readKept(options.json, options.benchmarks);
  const measured: Measurement[] = [];
  const command = [kept?.command ?? [], begun.command].flat().join(" && ");
  let isAllWell = true;
  for (const benchmark of options.benchmarks) {
    print("");
    const { isWell, measurements } = await runBenchmark(benchmark, {
      options,
      able,
      print,
      signal,
    });
    isAllWell &&= isWell;
    measured.push(...measurements);
    if (options.json !== null) {
      const contenders = { ...kept?.contenders, ...about };
      const all = [...(kept?.measurements ?? []), ...measured];
      const results: Results = { ...begun, command, contenders, measurements: all };
      await writeFile(options.json, `${JSON.stringify(results, null, 2)}\n`);
    }
  }
  const lines = summarise({ ...begun, measurements: measured }, options.benchmarks);
  for (const line of lines) print(line);
  return isAllWell;
}

/** What a file of results keeps while some benchmarks are run anew; `null` where that is nothing. */
async function readKept(file: string, anew: readonly Benchmark[]): Promise<Results | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const results = v.parse(resultsSchema, JSON.parse(text));
  const names = new Set(anew.map((name) => name.replace("-", " ")));
  const measurements = results.measurements.filter(({ benchmark }) => !names.has(benchmark));
  return measurements.length === 0 ? null : { ...results, measurements };
}

async function reasonOf(promise: Promise<never>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
