// Contenders that are Workers: the relay, the plain Worker, and, for ingest alone, the bare one.
import { join } from "node:path";
import { API_TOKEN, SECRET_KEY } from "../../support/bindings.ts";
import { bundleWorker, RELAY_CONFIG } from "../bundle.ts";
import { type Harness, startWorker, type WorkerSettings } from "../harness.ts";
import type { BenchProcess } from "../process.ts";
import type { Contender, Crm } from "./contender.ts";

/** Far more calls than there are updates: it is not the rate that is measured. */
const RATE = { limit: 10_000, per_seconds: 1 };
const BATCH = 100;
const SECRETS = { GAMEBALL_SECRET_KEY: SECRET_KEY, API_TOKEN };

/** A Worker that can be started on either harness. */
export interface WorkerSource {
  readonly name: string;
  readonly about: string;
  readonly config: string;
  /** Its main module, where it is not its configuration's. */
  readonly main?: string;
  readonly variables: (crms: readonly Crm[]) => Readonly<Record<string, string>>;
}

export const RELAY: WorkerSource = {
  name: "relay",
  about: `the relay as it is deployed, 16 partitions; CRMs take batches of ${BATCH}`,
  config: RELAY_CONFIG,
  variables: (crms) => relayVariables(crms.map((crm) => ({ ...crm, batch: BATCH, rate: RATE }))),
};

/** The relay for a profiler, whose time is another. */
export const STILL_RELAY: WorkerSource = {
  ...RELAY,
  main: join(import.meta.dirname, "../services/still-relay.ts"),
};

export const PLAIN_WORKER: WorkerSource = {
  name: "plain Worker",
  about: "KV get and put, a queue message for each CRM, one POST each; see test/bench/peers",
  config: join(import.meta.dirname, "../peers/plain-worker/wrangler.toml"),
  variables: (crms) => ({ ...SECRETS, CRMS: JSON.stringify(crms), RETRY_BASE_SECONDS: "1" }),
};

export const BARE_WORKER: WorkerSource = {
  name: "bare Worker",
  about:
    "parses the JSON and does one SQLite write in a Durable Object; checks and delivers nothing",
  config: join(import.meta.dirname, "../services/bare-worker.toml"),
  variables: () => ({}),
};

/** The relay's variables with these destinations. */
function relayVariables(destinations: readonly object[]): Readonly<Record<string, string>> {
  return {
    ...SECRETS,
    ALLOW_INSECURE_DESTINATIONS: "true",
    DESTINATIONS: JSON.stringify(destinations),
  };
}

/** The relay on Miniflare with destinations of its own kind each, for tests. */
export async function startRelay(destinations: readonly object[]): Promise<BenchProcess> {
  const code = await codeOf(RELAY_CONFIG);
  const variables = relayVariables(destinations);
  return startWorker("Miniflare", { config: RELAY_CONFIG, code, variables });
}

/** A Worker on a harness. Without a consumer it takes webhooks, and delivers nothing. */
export function workerOn(
  source: WorkerSource,
  harness: Harness,
  more: Partial<Pick<WorkerSettings, "isConsuming" | "launcher" | "v8Flags">> = {},
): Contender {
  const { name, about, config, main } = source;
  return {
    name,
    about: `${about}; ${harness}`,
    start: async ({ crms, folder }) => {
      const settings = {
        config,
        code: await codeOf(config, main),
        variables: source.variables(crms),
      };
      const running = await startWorker(harness, { ...settings, ...more }, folder);
      const processes = await running.processes();
      return { url: running.url, processes, stop: async () => running.stop() };
    },
  };
}

const bundles = new Map<string, Promise<string>>();

/** The code of a Worker, which is bundled once. */
async function codeOf(config: string, main: string | null = null): Promise<string> {
  const key = main ?? config;
  const known = bundles.get(key) ?? bundleWorker(config, main);
  bundles.set(key, known);
  return known;
}
