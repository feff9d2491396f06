// A program to be measured, in a process group of its own with a folder of its own. Nothing of it outlives the
// run, however the run ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** Stands between, and ends the group when this process is gone; see there. */
const LEASH = join(dirname(import.meta.dirname), "demo/leash.ts");

const START_MS = 60_000;
/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
const MIN_MEMORY_BYTES = 1024 ** 3;
const MAX_ERRORS = 20_000;

/** Where a program keeps its state; in memory where there is room, see `makeFolder`. */
export async function makeFolder(): Promise<string> {
  return mkdtemp(join(await stateDirectory(), "gameball-relay-bench-"));
}

/** A running program whose first line of output, as JSON, is its address. */
export class BenchProcess {
  readonly url: URL;
  /** Its further lines, each a JSON string: failures of its own. */
  readonly failures: readonly string[];
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: URL, failures: readonly string[], child: ChildProcess, folder: string) {
    this.url = url;
    this.failures = failures;
    this.#child = child;
    this.#folder = folder;
  }

  /** Starts a script of Node's with a folder, which is removed when it ends. The folder is its argument. */
  static async start(script: string, folder: string): Promise<BenchProcess> {
    const temporary = join(folder, "tmp");
    await mkdir(temporary, { recursive: true });
    const child = spawn(process.execPath, [LEASH, folder, script, folder], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, TMPDIR: temporary, WRANGLER_SEND_METRICS: "false" },
    });
    child.stdin.on("error", () => undefined); // it closes when the program ends first
    const failures: string[] = [];
    try {
      return new BenchProcess(await firstLine(child, failures), failures, child, folder);
    } catch (error) {
      await end(child, folder);
      throw error;
    }
  }

  /** The ids of all processes of its group. */
  async processes(): Promise<readonly number[]> {
    const all = (await readdir("/proc")).map(Number).filter((id) => Number.isInteger(id));
    const groups = await Promise.all(all.map(async (id) => [id, await groupOf(id)] as const));
    return groups.flatMap(([id, group]) => (group === this.#child.pid ? [id] : []));
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await end(this.#child, this.#folder);
  }
}

/**
 * In memory where there is room: the ledger answers 202 once the disk has confirmed, and what other
 * programs do with the disk is not to be measured.
 */
export async function stateDirectory(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= MIN_MEMORY_BYTES ? MEMORY : tmpdir();
}

/** The group of a process (proc(5): the third field behind the name); `null` when it is gone. */
async function groupOf(id: number): Promise<number | null> {
  const text = await readFile(`/proc/${id}/stat`, "utf8").catch(() => null);
  if (text === null) return null;
  const [, , group] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(group);
}

/** The program's address, which is its first line; the further lines are failures. */
async function firstLine(child: ChildProcess, failures: string[]): Promise<URL> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS);
  });
  const fail = (): void => reject(new Error(`it does not start:\n${errors}`));
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

async function end(child: ChildProcess, folder: string): Promise<void> {
  const isRunning = child.exitCode === null && child.signalCode === null;
  const exited = isRunning && child.pid !== undefined ? once(child, "exit") : null;
  child.stdin?.end();
  await exited;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
