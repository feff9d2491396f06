// The processes of a contender that is no Worker, in a process group of their own. Nothing of them outlives
// the run, however the run ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";

const LEADER = join(import.meta.dirname, "group-leader.ts");
const START_MS = 60_000;
const MAX_ERRORS = 20_000;

/** A program to start. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Whether it prints one JSON value, a line, when it is ready; what others print is dropped. */
  readonly isAnnounced: boolean;
}

/** Processes that run. */
export interface Group {
  /** In the order of the commands. */
  readonly processes: readonly number[];
  /** What they announced, as they became ready. */
  readonly announced: readonly unknown[];
  /** Ends them all, also after they have ended. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts programs at once with these variables, and waits until all that announce themselves have. Rejects
 * with what they wrote to stderr when one ends. Ends them when the signal comes.
 */
export async function startGroup(
  commands: readonly Command[],
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Group> {
  signal.throwIfAborted();
  const leader = spawn(process.execPath, [LEADER, JSON.stringify(commands)], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...variables },
  });
  leader.stdin.on("error", () => undefined); // it closes when the group ends first
  const onAbort = (): void => void end(leader);
  const stop = async (): Promise<void> => {
    signal.removeEventListener("abort", onAbort);
    await end(leader);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const lines = await firstLines(leader, 1 + commands.filter((c) => c.isAnnounced).length);
    const [processes, ...announced] = lines.map((line) => JSON.parse(line) as unknown);
    return { processes: processes as number[], announced, stop };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function firstLines(leader: ChildProcess, count: number): Promise<string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<string[]>();
  let errors = "";
  leader.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-MAX_ERRORS);
  });
  const fail = (): void => reject(new Error(`the contender does not start:\n${errors}`));
  const timer = setTimeout(fail, START_MS);
  leader.once("error", fail);
  leader.once("close", fail); // by then all that it wrote has come
  const lines: string[] = [];
  if (leader.stdout !== null) {
    createInterface({ input: leader.stdout }).on("line", (line) => {
      if (lines.push(line) === count) resolve(lines);
    });
  }
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function end(leader: ChildProcess): Promise<void> {
  const isRunning = leader.exitCode === null && leader.signalCode === null;
  const exited = isRunning && leader.pid !== undefined ? once(leader, "exit") : null;
  leader.stdin?.end();
  await exited;
}
