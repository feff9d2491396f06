// On what the benchmarks ran, and by which command: what a reader needs to compare numbers.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = dirname(dirname(import.meta.dirname));
const GIB = 1024 ** 3;

/** The lines that tell of machine, versions, commit and command. */
export async function describeMachine(args: readonly string[]): Promise<string[]> {
  const [wrangler, workerd] = await Promise.all(["wrangler", "workerd"].map(versionOf));
  const cores = cpus();
  const memory = (totalmem() / GIB).toFixed(1);
  return [
    `machine   ${cores.length} × ${cores[0]?.model ?? "unknown"}, ${memory} GiB, ${process.platform} ${process.arch}`,
    `versions  Node ${process.versions.node}, wrangler ${wrangler}, workerd ${workerd}`,
    `commit    ${await commit()}`,
    `command   ${["npm run bench", ...(args.length === 0 ? [] : ["--", ...args])].join(" ")}`,
  ];
}

async function versionOf(name: string): Promise<string> {
  const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The commit, and whether files differ from it; without a repository "unknown". */
async function commit(): Promise<string> {
  try {
    const hash = await git("rev-parse", "--short", "HEAD");
    const changes = await git("status", "--porcelain");
    return changes === "" ? hash : `${hash}, changed`;
  } catch {
    return "unknown";
  }
}

async function git(...command: string[]): Promise<string> {
  return (await promisify(execFile)("git", command, { cwd: root })).stdout.trim();
}
