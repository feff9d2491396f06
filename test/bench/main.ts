// `npm run bench` as a program: its arguments, its end, its exit code. It is 1 when an update was lost;
// how long anything took is for the reader to judge.
import { constants } from "node:os";
import { Interruption, listenForInterruption } from "../demo/interruption.ts";
import { measureIsolation } from "./isolation.ts";
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
    return (await measureIsolation(options, print, interrupted.signal)) ? 0 : 1;
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
