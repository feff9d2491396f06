// The benchmark of instructions: how many a webhook costs until it is accepted, the relay's against those of a
// Worker that checks nothing. Valgrind counts them, so no hardware counters are needed; two runs that differ by
// their number of webhooks alone give what one more costs, without start and warm-up. Nothing consumes the
// queue, and the relay's clock stands still, or it would ring and wake the more often the slower the machine is.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Contender } from "./contenders/contender.ts";
import { BARE_WORKER, STILL_RELAY, type WorkerSource, workerOn } from "./contenders/workers.ts";
import { describeRounds } from "./describe-rounds.ts";
import { flood, isAccepted } from "./load.ts";
import type { Measurement, Outcome } from "./results.ts";
import { interleave } from "./rounds.ts";
import { signUpdates } from "./updates.ts";

/** So many that V8 has compiled by then what it is going to. */
const [FEW, MANY] = [1_000, 2_000];
const ROUNDS = 2;
const POLL_MS = 50;
/** No threads, and the same hashes and random numbers, so that a run repeats. */
const V8_FLAGS = ["--single-threaded", "--predictable", "--hash-seed=1", "--random-seed=1"];
const CRMS = ["a", "b", "c"].map((id) => ({ id, url: "http://127.0.0.1:9/" }));

/** Measures and prints; nothing is measured where valgrind is missing, which is said. */
export async function measureInstructions(
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  print(
    `instructions: of a webhook accepted, from ${FEW} to ${MANY} of them, one after another, each of a`,
  );
  print(`customer of its own; cachegrind on workerd serve, V8 with ${V8_FLAGS.join(" ")}.`);
  if (!(await hasValgrind())) {
    print("valgrind is missing. On Debian: apt-get install valgrind");
    return { isWell: true, measurements: [] };
  }
  const sources = [STILL_RELAY, BARE_WORKER];
  const contenders = sources.map((source) => workerOn(source, "workerd serve"));
  const measurements: Measurement[] = await interleave(
    "instructions",
    contenders,
    ROUNDS,
    async ({ name }) => {
      const source = sources.find((one) => one.name === name) ?? STILL_RELAY;
      const [less, more] = [await count(source, FEW, signal), await count(source, MANY, signal)];
      return { ingest: { instructions: Math.round((more - less) / (MANY - FEW)) } };
    },
  );
  for (const line of describeRounds(measurements)) print(line);
  return { isWell: true, measurements };
}

async function hasValgrind(): Promise<boolean> {
  return promisify(execFile)("valgrind", ["--version"]).then(
    () => true,
    () => false,
  );
}

/** All instructions of a workerd that takes so many webhooks, from its start to its end. */
async function count(source: WorkerSource, webhooks: number, signal: AbortSignal): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "gameball-relay-instructions-"));
  const output = join(folder, "cachegrind");
  const options = ["--tool=cachegrind", "--cache-sim=no", `--cachegrind-out-file=${output}`];
  const launcher = ["valgrind", "--quiet", ...options];
  const more = { isConsuming: false, launcher, v8Flags: V8_FLAGS };
  try {
    const contender: Contender = workerOn(source, "workerd serve", more);
    const { url, processes, stop } = await contender.start({ crms: CRMS, folder }, signal);
    try {
      const updates = await signUpdates("customer", webhooks);
      const answers = await flood(url, updates, 1, signal);
      if (!answers.every(isAccepted)) throw new Error("a webhook was not accepted");
      // Valgrind writes what it counted when it is asked to end; it is the last that was started.
      await endOf(Math.max(...processes), signal);
    } finally {
      await stop();
    }
    const [, all] = /^summary: (\d+)/m.exec(await readFile(output, "utf8")) ?? [];
    if (all === undefined) throw new Error("cachegrind counted nothing");
    return Number(all);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Asks a process to end, and waits until it has. */
async function endOf(id: number, signal: AbortSignal): Promise<void> {
  process.kill(id, "SIGTERM");
  while (isThere(id)) await sleep(POLL_MS, null, { signal });
}

function isThere(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}
