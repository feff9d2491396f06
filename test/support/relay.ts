// A relay under test: `wrangler dev` in a process group of its own, on a port that the system chose,
// with its own state. It can be killed and started again, and nothing of it outlives the test.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { API_TOKEN, SECRET_KEY } from "./bindings.ts";
import { RelayClient } from "./relay-client.ts";

const root = dirname(dirname(import.meta.dirname));
const WRANGLER = join(root, "node_modules/wrangler/bin/wrangler.js");

const START_MS = 50_000;
const STARTS = 3;
const MAX_OUTPUT = 2_000_000;

/** Ends the whole group with the command, and as soon as whoever started it is gone (end of stdin). */
const LEASH = '("$@"; kill -KILL 0) & cat >/dev/null; kill -KILL 0';

/** Variables and secrets of a relay, `DESTINATIONS` as objects or any text; `undefined` is not set. */
export type Variables = Readonly<Record<string, string | readonly object[] | undefined>>;

/** What every relay under test has unless it is told otherwise. */
const DEFAULTS: Variables = {
  GAMEBALL_SECRET_KEY: SECRET_KEY,
  API_TOKEN,
  ALLOW_INSECURE_DESTINATIONS: "true",
};

/** A relay under test. */
export class Relay extends RelayClient {
  readonly #directory: string;
  #variables: Variables = DEFAULTS;
  #process: ChildProcess | null = null;
  #output = "";

  private constructor(directory: string) {
    super();
    this.#directory = directory;
  }

  /** Starts a relay with empty state. `variables` replace the defaults where they have the same name. */
  static async start(variables: Variables): Promise<Relay> {
    const directory = await mkdtemp(join(tmpdir(), "gameball-relay-"));
    const relay = new Relay(directory);
    await relay.resume(variables);
    return relay;
  }

  /** Everything that it wrote to its log, the latest 2 MB. */
  get output(): string {
    return this.#output;
  }

  /** Where its state is; to be looked into only while it does not run. */
  get stateDirectory(): string {
    return join(this.#directory, "state");
  }

  get #envFile(): string {
    return join(this.#directory, "variables");
  }

  /** Starts it again on the state it had; `changes` replace variables of the same name. */
  async resume(changes: Variables = {}): Promise<void> {
    this.#variables = { ...this.#variables, ...changes };
    await writeFile(this.#envFile, toEnvFile(this.#variables));
    for (let start = 1; ; start += 1) {
      this.#spawn(await freePort());
      if (await this.#isUp()) return;
      if (this.#process === null) throw new Error("the relay was killed before it was up");
      await this.kill();
      // Between choosing a port and taking it, somebody else may have.
      if (start === STARTS) throw new Error(`the relay does not start:\n${this.#output}`);
    }
  }

  /** Ends it at once, without a chance to tidy up: `kill -9` of its process group. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child?.pid === undefined || hasEnded(child)) return;
    const exited = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await exited;
  }

  /** Ends it and removes its state. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 5 });
  }

  #spawn(port: number): void {
    const options = {
      config: join(root, "wrangler.toml"),
      ip: "127.0.0.1",
      port: String(port),
      "inspector-port": "0",
      "env-file": this.#envFile,
      "persist-to": this.stateDirectory,
      "show-interactive-dev-session": "false",
      "log-level": "log",
    };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const command = [process.execPath, WRANGLER, "dev", ...flags];
    const child = spawn("sh", ["-c", LEASH, "relay", ...command], {
      cwd: this.#directory,
      detached: true,
      env: {
        ...process.env,
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        WRANGLER_HIDE_BANNER: "true",
        WRANGLER_LOG_PATH: join(this.#directory, "logs"),
        WRANGLER_REGISTRY_PATH: join(this.#directory, "registry"),
        WRANGLER_SEND_METRICS: "false",
      },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        this.#output = (this.#output + chunk).slice(-MAX_OUTPUT);
      });
    }
    this.#process = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  async #isUp(): Promise<boolean> {
    const giveUpAt = Date.now() + START_MS;
    while (Date.now() < giveUpAt && this.#process !== null && !hasEnded(this.#process)) {
      // A misconfigured relay is up as well; something else on this port is no relay.
      const isUp = await this.ask("/health").then(
        ({ text }) => /"status":"(ok|misconfigured)"/.test(text),
        () => false,
      );
      if (isUp) return true;
      await sleep(100);
    }
    return false;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Variables as a file that wrangler reads with dotenv: in single quotes nothing is special but the
 * quote, and afterwards dotenv-expand would fill in each `${…}` that has no backslash before it.
 */
function toEnvFile(variables: Variables): string {
  const lines = Object.entries(variables).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return `${name}='${text.replaceAll("$", String.raw`\$`)}'`;
  });
  return lines.join("\n");
}

/** A port on which nobody listens at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
