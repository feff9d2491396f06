// Starts the relay with `wrangler dev`, on state and settings that are thrown away afterwards, and
// stops it with everything that wrangler started.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { DemoError } from "./demo-error.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const LEASH = join(import.meta.dirname, "leash.ts");

/** So many of wrangler's last lines are kept for the case that it fails, without its list of bindings. */
const MAX_LINES = 10;
const BORING_LINE =
  /^\s*$|^(env\.|Binding |Your Worker has access|Using secrets)|Logs were written/;
/** Longer than the leash takes. */
const STOP_MS = 6_000;

/** A relay that was started. */
export interface Relay {
  /** Rejects with a `DemoError` when the relay ends without being told to. */
  readonly ended: Promise<never>;
  /** Wrangler's last lines. */
  readonly lastLines: () => readonly string[];
  /** Ends when no process of the relay is left. Never rejects. */
  readonly stop: () => Promise<void>;
}

/** Starts the relay on 127.0.0.1. `onLine` is told each line of note that it or wrangler prints. */
export function startRelay(
  port: number,
  variables: Readonly<Record<string, string>>,
  onLine: (line: string) => void,
): Relay {
  const directory = mkdtempSync(join(tmpdir(), "gameball-relay-demo-"));
  const temporary = join(directory, "tmp");
  const envFile = join(directory, "env");
  mkdirSync(temporary);
  writeFileSync(envFile, toEnvFile(variables), { mode: 0o600 });

  const at = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"];
  const files = ["--env-file", envFile, "--persist-to", join(directory, "state")];
  const wrangler = [WRANGLER, "dev", "--config", join(ROOT, "wrangler.toml"), ...at, ...files];
  const child = spawn(process.execPath, [LEASH, directory, ...wrangler], {
    cwd: ROOT,
    env: relayEnvironment(directory, temporary),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined); // it closes when the relay ends first

  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (printed) => {
      const line = stripVTControlCharacters(printed);
      if (BORING_LINE.test(line)) return;
      lines.push(line);
      lines.splice(0, lines.length - MAX_LINES);
      onLine(line);
    });
  }

  let isStopping = false;
  const closed = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<never>();
  ended.promise.catch(() => undefined); // for when nobody waits for it any more
  const end = (): void => {
    closed.resolve();
    if (!isStopping) ended.reject(new DemoError("The relay ended. Its last lines:", lines));
  };
  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // nobody is left
    }
  };
  child.once("error", end);
  child.once("exit", killGroup);
  child.once("close", end);

  return {
    ended: ended.promise,
    lastLines: () => lines,
    async stop() {
      isStopping = true;
      child.stdin.end();
      const timer = setTimeout(() => {
        killGroup();
        closed.resolve();
      }, STOP_MS);
      await closed.promise;
      clearTimeout(timer);
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The variables in the syntax of dotenv. A `$` is escaped, since wrangler would expand `${…}` itself. */
function toEnvFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}='${value.replaceAll("$", String.raw`\$`)}'\n`,
  );
  return lines.join("");
}

/** The user's environment without what steers wrangler, and with all of wrangler's files in one place. */
function relayEnvironment(directory: string, temporary: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CLOUDFLARE|WRANGLER|MINIFLARE|CF)_|^(FORCE|NO)_COLOR$/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    TMPDIR: temporary,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    FORCE_COLOR: "0",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(directory, "logs"),
    WRANGLER_REGISTRY_PATH: join(directory, "registry"),
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
  };
}
