// The two harnesses that Workers run on. Miniflare's direct sockets have Cloudflare's own simulators of KV and
// queues, but its KV alone costs half a millisecond of CPU a write: it is fair between Workers only.
// `workerd serve` is the runtime alone, with the KV and the queue of test/bench/services, which are small, kept
// in memory and not durable, as Cloudflare's are. Neither goes through the proxy of `wrangler dev`, which costs
// far more than a Worker.
import { mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchProcess, makeFolder } from "./process.ts";

export type Harness = "Miniflare" | "workerd serve";

const SCRIPTS: Readonly<Record<Harness, string>> = {
  Miniflare: join(import.meta.dirname, "miniflare-process.ts"),
  "workerd serve": join(import.meta.dirname, "serve-process.ts"),
};

/** What a process of a harness reads from worker.json in its folder. */
export interface WorkerSettings {
  /** The Worker's wrangler.toml, for everything but its variables. */
  readonly config: string;
  /** Its code, bundled. */
  readonly code: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether its queue's messages are consumed; else whatever is sent is dropped. */
  readonly isConsuming: boolean;
  /** What stands in front of workerd's own command (`workerd serve` only), such as a profiler's. */
  readonly launcher: readonly string[];
  readonly v8Flags: readonly string[];
}

/** Starts a Worker with empty state, in a folder below the one that is given. */
export async function startWorker(
  harness: Harness,
  settings: Pick<WorkerSettings, "config" | "code" | "variables"> & Partial<WorkerSettings>,
  parent?: string,
): Promise<BenchProcess> {
  const folder = parent === undefined ? await makeFolder() : await mkdtemp(join(parent, "worker-"));
  const all: WorkerSettings = { isConsuming: true, launcher: [], v8Flags: [], ...settings };
  await writeFile(join(folder, "worker.json"), JSON.stringify(all));
  return BenchProcess.start(SCRIPTS[harness], folder);
}
