// The demo as a program: its arguments, its end, its exit code.
import { constants } from "node:os";
import { Demo } from "./demo.ts";
import { DemoError } from "./demo-error.ts";
import { Interruption, listenForInterruption } from "./interruption.ts";
import { readOptions, USAGE } from "./options.ts";
import { createScreen } from "./screen.ts";

/**
 * Runs the demo. Gives the exit code, once nothing that it started is left. Ctrl-C is the usual way
 * to leave a demo that stays up, and so a success; with `--once` it is none.
 */
export async function main(args: readonly string[]): Promise<number> {
  const screen = createScreen(process.stdout);
  const errors = createScreen(process.stderr);
  const interrupted = listenForInterruption();
  let demo: Demo | null = null;
  let isOnce = true;
  try {
    const options = readOptions(args);
    isOnce = options.once;
    if (options.help) {
      screen.verbatim(USAGE);
      return 0;
    }
    demo = new Demo(options, screen);
    await Promise.race([interrupted.promise, demo.run(interrupted.signal)]);
    if (!isOnce) screen.line("Stopping.");
    return 0;
  } catch (error) {
    screen.close();
    if (error instanceof Interruption) {
      if (process.stderr.isTTY) errors.line(); // after the ^C
      errors.line(`Stopping (${error.signal}).`);
      return isOnce ? 128 + constants.signals[error.signal] : 0;
    }
    if (!(error instanceof DemoError)) throw error;
    errors.line(error.message, "bad");
    for (const detail of error.details) errors.line(`  ${detail}`);
    return 1;
  } finally {
    screen.close();
    await demo?.stop();
  }
}
