// The process of one Worker on Miniflare, with a socket that leads straight to it. Argument: a folder with
// worker.json (see harness.ts), which takes the state. Prints JSON, a value a line: first the Worker's address,
// then each entry of its log that tells of a failure of its own.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import type { WorkerSettings } from "./harness.ts";

const NAME = "worker";
const HOST = "127.0.0.1";
/** A CRM's failures are the relay's daily work; these are not. */
const OWN_FAILURE = /"event":"(?:consumer\.failed|ledger\.alarm_failed)"|Uncaught/;

const folder = process.argv[2] ?? "";
const text = await readFile(join(folder, "worker.json"), "utf8");
const { config, code, variables, isConsuming } = JSON.parse(text) as WorkerSettings;

const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

// Everything that wrangler.toml says but its variables, so that no user's settings are measured.
const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
const { modulesRules: _rules, bindings: _variables, ...bindings } = workerOptions;
const muted = isConsuming ? {} : { queueConsumers: {} };
const options = convertV4MiniflareOptions({
  ...bindings,
  ...muted,
  name: NAME,
  modules: [{ type: "ESModule", path: join(dirname(config), "worker.js"), contents: code }],
  bindings: { ...variables },
  unsafeDirectSockets: [{ host: HOST, port: 0 }],
  host: HOST,
  resourcePersistencePath: join(folder, "state"),
  cf: false,
  log: new Log(LogLevel.NONE),
  handleStructuredLogs: ({ message }) => {
    if (OWN_FAILURE.test(message)) print(message);
  },
});
const miniflare = new Miniflare(options);
await miniflare.ready;
print(await miniflare.unsafeGetDirectURL(NAME));
