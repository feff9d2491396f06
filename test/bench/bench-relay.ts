// A relay to be measured, in a process group of its own with state of its own. Nothing of it outlives
// the run, however the run ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { API_TOKEN, SECRET_KEY } from "../support/bindings.ts";

/** Stands between, and ends the group when this process is gone; see there. */
const LEASH = join(dirname(import.meta.dirname), "demo/leash.ts");
const RELAY_PROCESS = join(import.meta.dirname, "relay-process.ts");

const START_MS = 60_000;
/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
const MIN_MEMORY_BYTES = 1024 ** 3;
const MAX_ERRORS = 20_000;

/** A running relay. */
export class BenchRelay {
  readonly url: URL;
  readonly failures: readonly string[];
  readonly #child: ChildProcess;
  readonly #directory: string;

  private constructor(
    url: URL,
    failures: readonly string[],
    child: ChildProcess,
    directory: string,
  ) {
    this.url = url;
    this.failures = failures;
    this.#child = child;
    this.#directory = directory;
  }

  /** Starts a bundled Worker with empty state and these destinations. */
  static async start(worker: string, destinations: readonly object[]): Promise<BenchRelay> {
    const directory = await mkdtemp(join(await stateDirectory(), "gameball-relay-bench-"));
    const temporary = join(directory, "tmp");
    await mkdir(temporary);
    const variables = {
      GAMEBALL_SECRET_KEY: SECRET_KEY,
      API_TOKEN,
      ALLOW_INSECURE_DESTINATIONS: "true",
      DESTINATIONS: JSON.stringify(destinations),
    };
    await writeFile(join(directory, "worker.js"), worker);
    await writeFile(join(directory, "variables.json"), JSON.stringify(variables));
    const child = spawn(process.execPath, [LEASH, directory, RELAY_PROCESS, directory], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: temporary, WRANGLER_SEND_METRICS: "false" },
    });
    child.stdin.on("error", () => undefined); // it closes when the relay ends first
    const failures: string[] = [];
    try {
      return new BenchRelay(await firstLine(child, failures), failures, child, directory);
    } catch (error) {
      await end(child, directory);
      throw error;
    }
  }

  /** Ends it and removes its state. */
  async stop(): Promise<void> {
    await end(this.#child, this.#directory);
  }
}

/**
 * In memory where there is room: the ledger answers 202 once the disk has confirmed, and what other
 * programs do with the disk is not to be measured.
 */
async function stateDirectory(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= MIN_MEMORY_BYTES ? MEMORY : tmpdir();
}

/** The relay's address, which is its first line; the further lines are failures. */
async function firstLine(child: ChildProcess, failures: string[]): Promise<URL> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS);
  });
  const fail = (): void => reject(new Error(`the relay does not start:\n${errors}`));
  const timer = setTimeout(fail, START_MS);
  child.once("error", fail);
  child.once("exit", fail);
  let isUp = false;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const value = JSON.parse(line) as string;
      if (isUp) failures.push(value);
      else resolve(new URL(value));
      isUp = true;
    });
  }
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  const isRunning = child.exitCode === null && child.signalCode === null;
  const exited = isRunning && child.pid !== undefined ? once(child, "exit") : null;
  child.stdin?.end();
  await exited;
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
}
