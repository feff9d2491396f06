// The process of one relay: Miniflare with a socket that leads straight to the Worker, since the proxy
// of `wrangler dev` costs far more than the Worker itself. Argument: a folder that holds the bundled
// Worker (worker.js) and the variables (variables.json), and takes the state. Prints JSON, a value a
// line: first the relay's address, then each entry of its log that tells of a failure of its own.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const NAME = "relay";
const HOST = "127.0.0.1";
/** A CRM's failures are the relay's daily work; these are not. */
const OWN_FAILURE = /"event":"(?:consumer\.failed|ledger\.alarm_failed)"|Uncaught/;

const root = dirname(dirname(import.meta.dirname));
const folder = process.argv[2] ?? "";
const read = async (file: string): Promise<string> => readFile(join(folder, file), "utf8");

const print = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

// Everything that wrangler.toml says but its variables, so that no user's settings are measured.
const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
const { modulesRules: _rules, bindings: _variables, ...bindings } = workerOptions;
const contents = await read("worker.js");
const options = convertV4MiniflareOptions({
  ...bindings,
  name: NAME,
  modules: [{ type: "ESModule", path: join(root, "worker.js"), contents }],
  bindings: JSON.parse(await read("variables.json")) as Record<string, string>,
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
