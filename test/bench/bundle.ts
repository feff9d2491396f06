// A Worker as `npm run deploy` would upload it: bundled and minified once, for all that run it.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const root = dirname(dirname(import.meta.dirname));
const WRANGLER = join(root, "node_modules/wrangler/bin/wrangler.js");
const PATIENCE_MS = 60_000;

/** The relay's own configuration. */
export const RELAY_CONFIG = join(root, "wrangler.toml");

/**
 * Bundles a Worker, the relay unless another's wrangler.toml is given, and with another main module if one is; its
 * code.
 */
export async function bundleWorker(
  config: string = RELAY_CONFIG,
  main: string | null = null,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "gameball-relay-bundle-"));
  try {
    const options = ["--dry-run", "--config", config, "--outdir", directory];
    const command = [WRANGLER, "deploy", ...(main === null ? [] : [main]), ...options];
    const env = {
      ...process.env,
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_LOG_PATH: join(directory, "logs"),
      WRANGLER_SEND_METRICS: "false",
    };
    const cwd = dirname(config);
    await promisify(execFile)(process.execPath, command, { cwd, env, timeout: PATIENCE_MS });
    const module = (await readdir(directory)).find((name) => name.endsWith(".js"));
    if (module === undefined) throw new Error(`${config} gives no module`);
    return await readFile(join(directory, module), "utf8");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
