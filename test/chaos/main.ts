// `npm run chaos` as a program: its arguments, its end, its exit code. It is 0 only if all held.
import { constants } from "node:os";
import { Interruption, listenForInterruption } from "../demo/interruption.ts";
import { commandOf, readOptions, USAGE } from "./options.ts";
import { reportOn } from "./report.ts";
import { run } from "./run.ts";
import { scheduleOf } from "./schedule.ts";

/** Leases last a minute; a backoff after failures in a row lasts minutes. */
const PATIENCE_SECONDS = 600;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  const interrupted = listenForInterruption();
  let again = "";
  try {
    const options = readOptions(args);
    if (options === null) {
      for (const line of USAGE) print(line);
      return 0;
    }
    again = `Again: ${commandOf(options)}`;
    const { kills, webhooks } = scheduleOf(options);
    print(`Seed ${options.seed}, ${new Date().toISOString()}. ${again}`);
    print(`${webhooks.length} webhooks, kills after ${kills.map((ms) => ms / 1000).join(", ")} s`);
    const { signal } = interrupted;
    const ended = await run(options, { print, signal, patienceSeconds: PATIENCE_SECONDS });
    const { breaches, lines } = reportOn(ended, options);
    for (const line of lines) print(line);
    return breaches.length === 0 ? 0 : 1;
  } catch (error) {
    const cause = interrupted.signal.aborted ? await reasonOf(interrupted.promise) : error;
    if (cause instanceof Interruption) return 128 + constants.signals[cause.signal];
    process.stderr.write(`${cause instanceof Error ? cause.message : String(cause)}\n${again}\n`);
    return 1;
  }
}

async function reasonOf(promise: Promise<never>): Promise<unknown> {
  return promise.catch((error: unknown) => error);
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
