// The bindings that the relay works with, and the classes behind them. Pure.
import type { WranglerConfig } from "../configuration.ts";
import { fault, type Finding, ok, unless, warning } from "./finding.ts";

/** The parts of wrangler.toml that hold bindings. */
export type Bindings = Pick<
  WranglerConfig,
  "kv_namespaces" | "queues" | "durable_objects" | "migrations"
> &
  Partial<Pick<WranglerConfig, "exports" | "ratelimits" | "analytics_engine_datasets">>;

/** The Durable Objects: binding and class. */
const OBJECTS = { LEDGER: "Ledger", GATES: "Gate" } as const;

/** Bindings that are missing, and classes that are not kept in SQLite. */
export function checkBindings(config: Bindings): Finding[] {
  const faults = [...checkStores(config), ...checkObjects(config), ...checkClasses(config)];
  const needed =
    faults.length > 0
      ? faults
      : [ok("PROFILES, DELIVERIES, LEDGER and GATES are bound, both classes kept in SQLite")];
  return [...needed, ...checkOptional(config)];
}

/** A namespace that the deployment creates is in no jurisdiction. */
export function checkStoreJurisdiction({
  kv_namespaces,
  vars,
}: Pick<WranglerConfig, "kv_namespaces" | "vars">): Finding[] {
  const isRestricted = (vars["JURISDICTION"] ?? "") !== "";
  const profiles = kv_namespaces.find(({ binding }) => binding === "PROFILES");
  return unless(
    !isRestricted || profiles === undefined || typeof profiles.id === "string",
    warning(
      "PROFILES has no id: the deployment would create it in no jurisdiction",
      "npx wrangler kv namespace create gameball-relay-profiles --jurisdiction …, and put its id there",
      "the queue likewise, before the first deployment: npx wrangler queues create … --jurisdiction …",
    ),
  );
}

function checkStores({ kv_namespaces, queues }: Bindings): Finding[] {
  const hasProfiles = kv_namespaces.some(({ binding }) => binding === "PROFILES");
  const hasDeliveries = (queues.producers ?? []).some(({ binding }) => binding === "DELIVERIES");
  return [
    ...unless(
      hasProfiles,
      fault(
        "PROFILES is not bound: there is nowhere to look profiles up",
        'add [[kv_namespaces]] with binding = "PROFILES"',
      ),
    ),
    ...unless(
      hasDeliveries,
      fault(
        "DELIVERIES is not bound: nobody would wake the consumer",
        'add [[queues.producers]] with binding = "DELIVERIES" and queue = "…"',
      ),
    ),
  ];
}

/** What the relay can do without, and what it does not do then. */
function checkOptional({ ratelimits = [], analytics_engine_datasets = [] }: Bindings): Finding[] {
  return [
    ...unless(
      ratelimits.some(({ name }) => name === "SIGN_INS"),
      fault(
        "SIGN_INS is not bound: nobody can sign in to the dashboard, since nothing would limit attempts",
        'add [[ratelimits]] with name = "SIGN_INS", a namespace_id and simple = { limit = 10, period = 60 }',
      ),
    ),
    ...unless(
      analytics_engine_datasets.some(({ binding }) => binding === "METRICS"),
      warning(
        "METRICS is not bound: no figures outlast a day",
        'add [[analytics_engine_datasets]] with binding = "METRICS" and dataset = "gameball_relay"',
      ),
    ),
  ];
}

function checkObjects({ durable_objects }: Bindings): Finding[] {
  return Object.entries(OBJECTS).flatMap(([name, className]) => {
    const found = durable_objects.bindings.find((one) => one.name === name);
    if (found?.class_name === className) return [];
    const what = found === undefined ? "is not bound" : `is bound to ${found.class_name}`;
    return fault(
      `${name} ${what}: it must be the class ${className}`,
      `add [[durable_objects.bindings]] with name = "${name}" and class_name = "${className}"`,
    );
  });
}

/** Classes are declared by migrations, or by wrangler's newer `exports`. */
function checkClasses({ migrations, exports = {} }: Bindings): Finding[] {
  const exported = Object.keys(exports).filter((name) => {
    const one = exports[name];
    return one !== undefined && "storage" in one && one.storage === "sqlite";
  });
  const migrated = migrations.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes);
  const inSqlite = new Set([...migrated, ...exported]);
  const elsewhere = new Set(migrations.flatMap(({ new_classes = [] }) => new_classes));
  return Object.values(OBJECTS)
    .filter((className) => !inSqlite.has(className))
    .map((className) =>
      elsewhere.has(className)
        ? fault(
            `the class ${className} is in new_classes: it needs SQLite, and a deployed class cannot change`,
            "move it to new_sqlite_classes before the first deployment; after one it takes a new class name",
          )
        : fault(
            `the class ${className} is in no migration: wrangler would refuse to deploy it`,
            `add [[migrations]] with a tag and new_sqlite_classes = ["${className}"]`,
          ),
    );
}
