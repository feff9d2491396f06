// `npm run doctor`, started as a person starts it.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";

const root = dirname(dirname(import.meta.dirname));

/** How a run ended, and what it wrote. */
export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}
export type Values = Readonly<Record<string, string>>;

/** The environment without what would be taken for the user's own. */
const { API_TOKEN: _own, API_READ_TOKEN: _read, ...surroundings } = process.env;

/** Runs `npm run doctor -- …`. */
export async function doctor(args: readonly string[], environment: Values = {}): Promise<Ran> {
  const npm = ["run", "--silent", "doctor", "--", ...args];
  const env = { ...surroundings, ...environment };
  const child = spawn("npm", npm, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, errors };
}
