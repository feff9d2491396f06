// The process of one Worker on `workerd serve`. Argument: a folder with worker.json (see harness.ts), which
// takes the state. Prints the Worker's address as JSON. What the Worker logs goes nowhere.
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as v from "valibot";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import type { WorkerSettings } from "./harness.ts";

const WORKERD = join(import.meta.dirname, "../../node_modules/workerd/bin/workerd");
const SERVICES = join(import.meta.dirname, "services");
const MODULES = { worker: "worker.js", kv: "kv.js", queue: "queue.js" } as const;
/** What is asked of a wrangler.toml. */
const optionsSchema = v.object({
  compatibilityDate: v.string(),
  compatibilityFlags: v.array(v.string()),
  durableObjects: v.record(v.string(), v.object({ className: v.string() })),
  kvNamespaces: v.record(v.string(), v.unknown()),
  queueProducers: v.record(v.string(), v.unknown()),
  queueConsumers: v.optional(
    v.record(
      v.string(),
      v.object({ maxBatchSize: v.number(), maxBatchTimeout: v.number(), maxRetries: v.number() }),
    ),
    {},
  ),
});

/** workerd tells on this descriptor where it listens. */
const CONTROL = 3;

const folder = process.argv[2] ?? "";
const settings = JSON.parse(await readFile(join(folder, "worker.json"), "utf8")) as WorkerSettings;

await mkdir(join(folder, "state"));
await writeFile(join(folder, MODULES.worker), settings.code);
for (const name of ["kv", "queue"] as const) {
  const source = await readFile(join(SERVICES, `${name}.ts`), "utf8");
  await writeFile(join(folder, MODULES[name]), stripTypeScriptTypes(source));
}
const config = join(folder, "config.capnp");
await writeFile(config, configOf(settings));

const [program = WORKERD, ...launching] = settings.launcher;
const own = settings.launcher.length === 0 ? [] : [...launching, WORKERD];
const serve = ["serve", "--experimental", `--control-fd=${CONTROL}`, config];
const child = spawn(program, [...own, ...serve], {
  stdio: ["ignore", "ignore", "inherit", "pipe"],
});
// A profiler writes what it found before it ends.
process.once("SIGTERM", () => child.kill("SIGTERM"));
child.once("exit", (code) => process.exit(code ?? 1));
const control = child.stdio[CONTROL];
if (control instanceof Object && "readable" in control) {
  createInterface({ input: control as NodeJS.ReadableStream }).on("line", (line) => {
    const { event, port } = JSON.parse(line) as { event: string; port?: number };
    if (event === "listen") process.stdout.write(`"http://127.0.0.1:${port}"\n`);
  });
}

/** workerd's configuration (workerd.capnp) of a Worker, its KV and its queue. */
function configOf({ config: toml, variables, isConsuming, v8Flags }: WorkerSettings): string {
  const options = v.parse(optionsSchema, unstable_getMiniflareWorkerOptions(toml).workerOptions);
  const date = quote(options.compatibilityDate);
  const classes = Object.entries(options.durableObjects);
  const bindings = [
    ...Object.entries(variables).map(([name, value]) => binding(name, `text = ${quote(value)}`)),
    ...classes.map(([name, { className }]) =>
      binding(name, `durableObjectNamespace = ${quote(className)}`),
    ),
    ...Object.keys(options.kvNamespaces).map((name) => binding(name, 'kvNamespace = "kv"')),
    ...Object.keys(options.queueProducers).map((name) => binding(name, 'queue = "queue"')),
  ];
  const namespaces = classes.map(
    ([, { className }]) =>
      `(className = ${quote(className)}, uniqueKey = ${quote(className)}, enableSql = true)`,
  );
  const [[queueName, consumer] = ["", {}]] = Object.entries(options.queueConsumers);
  const queue = JSON.stringify({ name: queueName, ...consumer });
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "kv", worker = .kv),
    (name = "queue", worker = .queue),
    (name = "network", network = (allow = ["public", "private"])),
    (name = "state", disk = (path = ${quote(join(folder, "state"))}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
  v8Flags = [${v8Flags.map(quote).join(", ")}],
);
const worker :Workerd.Worker = (
  ${moduleOf("worker")}
  compatibilityDate = ${date},
  compatibilityFlags = [${options.compatibilityFlags.map(quote).join(", ")}],
  bindings = [${bindings.join(", ")}],
  globalOutbound = "network",
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "state"),
);
const kv :Workerd.Worker = (
  ${moduleOf("kv")}
  compatibilityDate = ${date},
);
const queue :Workerd.Worker = (
  ${moduleOf("queue")}
  compatibilityDate = ${date},
  compatibilityFlags = ["service_binding_extra_handlers", "experimental"],
  bindings = [
    (name = "SETTINGS", json = ${quote(queue)}),
    (name = "CONSUMER", ${isConsuming ? 'service = "worker"' : 'json = "null"'}),
    (name = "BROKER", durableObjectNamespace = "Broker"),
  ],
  durableObjectNamespaces = [(className = "Broker", uniqueKey = "Broker", preventEviction = true)],
  durableObjectStorage = (inMemory = void),
);
`;
}

function moduleOf(name: keyof typeof MODULES): string {
  return `modules = [(name = "${name}.js", esModule = embed "${MODULES[name]}")],`;
}

function binding(name: string, value: string): string {
  return `(name = ${quote(name)}, ${value})`;
}

/** A text as Cap'n Proto writes it, which is as JSON does. */
function quote(text: string): string {
  return JSON.stringify(text);
}
