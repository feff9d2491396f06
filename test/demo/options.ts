// What may follow `npm start --`.
import { parseArgs } from "node:util";
import { DemoError } from "./demo-error.ts";

const DEFAULT_PORT = 8787;
const MAX_PORT = 65_535;

/** How the demo is to run. */
export interface Options {
  readonly port: number;
  /** End after the first webhook, and let the exit code say whether all went well. */
  readonly once: boolean;
  readonly help: boolean;
}

/** The lines of `--help`. */
export const USAGE = [
  "npm start                  the relay with two demo CRMs, until Ctrl-C",
  "npm start -- --once        one webhook; exit 0 once both CRMs hold the profile",
  `npm start -- --port 8790   another port than ${DEFAULT_PORT}`,
];

/** Reads the arguments. Throws a `DemoError` that names the first wrong one. */
export function readOptions(args: readonly string[]): Options {
  const { port = String(DEFAULT_PORT), once = false, help = false } = parse(args);
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > MAX_PORT) {
    throw new DemoError(`--port must be a number from 1 to ${MAX_PORT}.`);
  }
  return { port: number, once, help };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        once: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    return values;
  } catch (error) {
    // Node goes on to explain how it would take the argument for something else.
    const [reason = ""] = (error instanceof Error ? error.message : "").split(/[.\n]/);
    throw new DemoError(`${reason}. There are --port N, --once and --help.`);
  }
}
