// Puts mutants before judges, each in a process of its own, with an end to those that never end.
import { spawn } from "node:child_process";
import type { Case } from "./case.ts";
import { NOTICED, UNNOTICED } from "./case.ts";

/** What became of a mutant. `timed out` counts as noticed: the tests would never have ended. */
export type Verdict = "survived" | "killed" | "timed out";

/** How long a judge may take, and how many schedules of the ledger it runs. */
export interface Limits {
  readonly timeoutMs: number;
  readonly schedules: number;
}

/** A judge that somebody else ended, as happens where a machine is shared, is asked anew so often. */
const MAX_TRIES = 3;

/** Tries one case. Throws when no judgement came of it. */
export async function tryCase(given: Case, limits: Limits): Promise<Verdict> {
  let complaint = "";
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const ended = await judge(given, limits);
    if (ended.code === UNNOTICED) return "survived";
    if (ended.code === NOTICED) return "killed";
    if (ended.signal === "SIGKILL") return "timed out";
    complaint = `${ended.signal ?? ended.code}: ${ended.complaint}`;
    if (ended.signal === null) break;
  }
  const { file, edit } = given;
  throw new Error(`A judge of ${file} after ${JSON.stringify(edit)} ended with ${complaint}`);
}

/** How a judge ended. */
interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it said. */
  readonly complaint: string;
}

async function judge(given: Case, { timeoutMs, schedules }: Limits): Promise<Ended> {
  const program = `${import.meta.dirname}/judge.ts`;
  const env = { ...process.env, SCHEDULES: String(schedules) };
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Ended>();
  child.once("error", reject);
  child.once("close", (code, signal) => resolve({ code, signal, complaint }));
  return promise;
}

/** Does something for each item, for so many at a time, and keeps their order. */
export async function mapAtATime<T, R>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await act(item);
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}
