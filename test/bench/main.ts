// `npm run bench` as a program: its arguments, its end, its exit code. It is 1 when an update was lost
// or uses more than it may; how long anything took is for the reader to judge.
import { constants } from "node:os";
import { Interruption, listenForInterruption } from "../demo/interruption.ts";
import { printCounts } from "./counts.ts";
import { measureIsolation } from "./isolation.ts";
import { describeMachine } from "./machine.ts";
import { readOptions, USAGE } from "./options.ts";

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
    for (const line of await describeMachine(args)) print(line);
    let isWell = true;
    for (const benchmark of options.benchmarks) {
      print("");
      const { signal } = interrupted;
      switch (benchmark) {
        case "counts":
          isWell = (await printCounts(options.json, print, signal)) && isWell;
          break;
        case "isolation":
          isWell = (await measureIsolation(options, print, signal)) && isWell;
      }
    }
    return isWell ? 0 : 1;
  } catch (error) {
    const cause = interrupted.signal.aborted ? await reasonOf(interrupted.promise) : error;
    if (cause instanceof Interruption) return 128 + constants.signals[cause.signal];
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n`);
    return 1;
  }
}

async function reasonOf(promise: Promise<never>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
