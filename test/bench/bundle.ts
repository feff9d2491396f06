// The Worker as `npm run deploy` would upload it: bundled and minified once, for all relays of a run.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = dirname(dirname(import.meta.dirname));
const WRANGLER = join(root, "node_modules/wrangler/bin/wrangler.js");
const PATIENCE_MS = 60_000;

/** Bundles the Worker; its code. */
export async function bundleWorker(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gameball-relay-bundle-"));
  try {
    const files = ["--config", join(root, "wrangler.toml"), "--outdir", directory];
    const command = [WRANGLER, "deploy", "--dry-run", ...files];
    const env = {
      ...process.env,
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(directory, "logs"),
      WRANGLER_SEND_METRICS: "false",
    };
    await promisify(execFile)(process.execPath, command, { cwd: root, env, timeout: PATIENCE_MS });
    return await readFile(join(directory, "index.js"), "utf8");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
