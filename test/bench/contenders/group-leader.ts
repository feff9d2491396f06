// Leads the process group of a contender that is no Worker, and is its leash: when the benchmark is gone,
// however it went, its end of this process's stdin closes, and all that this one started goes as well.
// Argument: the commands, as JSON. Prints one JSON value a line: first the ids of their processes, then
// what those print that say when they are ready.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Command } from "./group.ts";

const commands = JSON.parse(process.argv[2] ?? "") as readonly Command[];

// A signal is for the benchmark to hear, which then lets go.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.on("error", () => undefined);
process.stdin.once("close", () => void finish());
process.stdin.resume();

const children = commands.map(start);
process.stdout.write(`${JSON.stringify(children.map(({ pid }) => pid ?? null))}\n`);

function start({ file, args, isAnnounced }: Command): ChildProcess {
  const output = isAnnounced ? "pipe" : "ignore";
  const child = spawn(file, args, { stdio: ["ignore", output, "inherit"] });
  child.once("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    void finish();
  });
  child.once("exit", () => void finish());
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) =>
      process.stdout.write(`${line}\n`),
    );
  }
  return child;
}

/** Ends all and then this process, so that nobody writes any more once it has gone. */
async function finish(): Promise<void> {
  const running = children.filter(
    ({ pid, exitCode, signalCode }) =>
      pid !== undefined && exitCode === null && signalCode === null,
  );
  await Promise.all(
    running.map(async (child) => {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    }),
  );
  process.exit();
}
