// On what the benchmarks ran, and by which command: what a reader needs to compare numbers.
import { execFile } from "node:child_process";
import { readFile, statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { stateDirectory } from "./process.ts";
import type { Machine, Results } from "./results.ts";

const root = dirname(dirname(import.meta.dirname));
/** What a run itself renews. */
const NOT_MEASURED = [":!test/bench/results", ":!README.md"];
const GIB = 1024 ** 3;
/** What statfs(2) calls files in memory. */
const TMPFS = 0x01021994;

/** What is known before anything was measured. */
export async function beginResults(args: readonly string[]): Promise<Results> {
  return {
    measured_at: new Date().toISOString(),
    machine: await readMachine(),
    commit: await commit(),
    command: ["npm run bench", ...(args.length === 0 ? [] : ["--", ...args])].join(" "),
    contenders: {},
    measurements: [],
  };
}

/** The lines that tell of machine, versions, commit and command. */
export function describeRun({ machine, commit: hash, command, measured_at }: Results): string[] {
  const { cores, cpu, memory_gib, system, state, versions } = machine;
  const all = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `machine   ${cores} × ${cpu}, ${memory_gib} GiB, ${system}; state ${state}`,
    `versions  ${all.join(", ")}`,
    `commit    ${hash}`,
    `begun     ${measured_at}`,
    `command   ${command}`,
  ];
}

async function readMachine(): Promise<Machine> {
  const [wrangler, workerd] = await Promise.all(["wrangler", "workerd"].map(versionOf));
  const cores = cpus();
  const { type } = await statfs(await stateDirectory());
  const redis = await redisVersion();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memory_gib: Math.round((totalmem() / GIB) * 10) / 10,
    system: `${process.platform} ${process.arch}`,
    state: type === TMPFS ? "in memory" : "on disk",
    versions: {
      Node: process.versions.node,
      wrangler: wrangler ?? "",
      workerd: workerd ?? "",
      ...(redis === null ? {} : { Redis: redis }),
    },
  };
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** `null` where it is not installed. */
async function redisVersion(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)("redis-server", ["--version"]);
    return /v=(\S+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

/** The commit, and whether files differ from it; without a repository "unknown". */
async function commit(): Promise<string> {
  try {
    const hash = await git("rev-parse", "--short", "HEAD");
    const changes = await git("status", "--porcelain", "--", ".", ...NOT_MEASURED);
    return changes === "" ? hash : `${hash}, changed`;
  } catch {
    return "unknown";
  }
}

async function git(...command: string[]): Promise<string> {
  return (await promisify(execFile)("git", command, { cwd: root })).stdout.trim();
}
