// Puts mutants before judges, each in a process of its own, with an end to those that never end.
import { spawn } from "node:child_process";
import type { Case } from "./case.ts";
import { NOTICED, UNNOTICED } from "./case.ts";

/** What became of a mutant. `timed out` counts as noticed: the tests would never have ended. */
export type Verdict = "survived" | "killed" | "timed out";

/** Tries one case. Throws when no judgement came of it. */
export async function tryCase(
  given: Case,
  { timeoutMs, schedules }: { readonly timeoutMs: number; readonly schedules: number },
): Promise<Verdict> {
  const judge = `${import.meta.dirname}/judge.ts`;
  const env = { ...process.env, SCHEDULES: String(schedules), NODE_NO_WARNINGS: "1" };
  const child = spawn(process.execPath, [judge, JSON.stringify(given)], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
  child.once("error", reject);
  child.once("close", (code, signal) => {
    if (code === UNNOTICED) resolve("survived");
    else if (code === NOTICED) resolve("killed");
    else if (signal === "SIGKILL") resolve("timed out");
    else {
      const ended = `${signal ?? code} after ${JSON.stringify(given.edit)}`;
      reject(new Error(`A judge of ${given.file} ended with ${ended}: ${complaint}`));
    }
  });
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
