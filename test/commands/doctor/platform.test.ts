// What the doctor says of wrangler.toml: bindings, the queue, environments, and how the platform runs the relay.
import { describe, expect, it } from "vitest";
import type { WranglerConfig } from "../../../src/commands/configuration.ts";
import {
  type Bindings,
  checkBindings,
  checkStoreJurisdiction,
} from "../../../src/commands/doctor/bindings.ts";
import { checkApart, checkEnvironment } from "../../../src/commands/doctor/environments.ts";
import {
  checkCompatibility,
  checkCron,
  checkObservability,
  SHIPPED_DATE,
  SHIPPED_FLAGS,
} from "../../../src/commands/doctor/platform.ts";
import { checkQueue, QUEUE_SETTINGS } from "../../../src/commands/doctor/queue.ts";
import { checkSizes } from "../../../src/commands/doctor/sizes.ts";
import {
  checkDevVariables,
  checkRiskyVariables,
  checkVariables,
} from "../../../src/commands/doctor/variables.ts";
import { levelsOf, linesOf } from "../../support/doctor.ts";

const queue = "deliveries";
const consumer = { queue, max_batch_size: 100, max_batch_timeout: 0, max_retries: 3 };
const good: Bindings = {
  kv_namespaces: [{ binding: "PROFILES" }],
  queues: { producers: [{ binding: "DELIVERIES", queue }], consumers: [consumer] },
  durable_objects: {
    bindings: [
      { name: "LEDGER", class_name: "Ledger" },
      { name: "GATES", class_name: "Gate" },
    ],
  },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Ledger", "Gate"] }],
  ratelimits: [{ name: "SIGN_INS", namespace_id: "1", simple: { limit: 10, period: 60 } }],
  analytics_engine_datasets: [{ binding: "METRICS", dataset: "gameball_relay" }],
};
const nothing: Bindings = {
  kv_namespaces: [],
  queues: {},
  durable_objects: { bindings: [] },
  migrations: good.migrations,
};

describe("bindings", () => {
  it("that are all there are one line", () => {
    expect(levelsOf(checkBindings(good))).toEqual(["ok"]);
  });

  it("that are missing are named, each", () => {
    const lines = linesOf(checkBindings(nothing)).join("\n");
    for (const name of ["PROFILES", "DELIVERIES", "LEDGER", "GATES", "SIGN_INS"]) {
      expect(lines).toContain(`fault: ${name} is not bound`);
    }
    expect(lines).toContain("warning: METRICS is not bound");
  });

  it("hold a store of the jurisdiction only where it was created before", () => {
    const without = { kv_namespaces: [{ binding: "PROFILES" }] };
    const vars = { JURISDICTION: "eu" };
    expect(checkStoreJurisdiction({ ...without, vars: {} })).toEqual([]);
    const kv_namespaces = [{ binding: "PROFILES", id: "0123" }];
    expect(checkStoreJurisdiction({ kv_namespaces, vars })).toEqual([]);
    expect(levelsOf(checkStoreJurisdiction({ ...without, vars }))).toEqual(["warning"]);
  });

  it("may declare their classes by exports instead of migrations", () => {
    const kept = { type: "durable-object", storage: "sqlite" } as const;
    const declared = { ...good, migrations: [], exports: { Ledger: kept, Gate: kept } };
    expect(levelsOf(checkBindings(declared))).toEqual(["ok"]);
    const legacy = { ...kept, storage: "legacy-kv" } as const;
    const other = { ...declared, exports: { Ledger: kept, Gate: legacy } };
    expect(levelsOf(checkBindings(other))).toEqual(["fault"]);
  });

  it("must lead to the right classes, kept in SQLite", () => {
    const bindings = [
      { name: "LEDGER", class_name: "Gate" },
      { name: "GATES", class_name: "Gate" },
    ];
    const migrations = [{ tag: "v1", new_classes: ["Gate"] }];
    const findings = checkBindings({ ...good, durable_objects: { bindings }, migrations });
    expect(linesOf(findings)).toEqual([
      "fault: LEDGER is bound to Gate: it must be the class Ledger",
      expect.stringContaining("the class Ledger is in no migration"),
      expect.stringContaining("the class Gate is in new_classes"),
    ]);
  });
});

/** What is said of a list of consumers. */
const findingsOf = (...consumers: NonNullable<WranglerConfig["queues"]["consumers"]>) =>
  linesOf(checkQueue({ queues: { ...good.queues, consumers } }));

describe("the queue", () => {
  it("as shipped is fine", () => {
    const shipped = Object.entries(QUEUE_SETTINGS).map(([name, { shipped: value }]) => [
      name,
      value,
    ]);
    expect(consumer).toEqual({ queue, ...Object.fromEntries(shipped) });
    expect(findingsOf(consumer)).toEqual([`ok: ${queue} is rung and consumed, set as shipped`]);
  });

  it("that nobody consumes delivers nothing", () => {
    expect(findingsOf({ ...consumer, queue: "other" })).toEqual([
      `fault: nobody consumes ${queue}: nothing would ever be delivered`,
      expect.stringContaining("the relay would also consume other"),
    ]);
  });

  it("must have its settings set, as npm run dev and the platform have other defaults", () => {
    const lines = findingsOf({ queue });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^warning: max_\w+ is not set: /);
  });

  it.each([
    [{ max_batch_size: 5 }, "warning: max_batch_size is 5: "],
    [{ max_batch_timeout: 30 }, "warning: max_batch_timeout is 30: every update may wait"],
    [{ max_retries: 0 }, "warning: max_retries is 0: "],
    [{ max_retries: 100 }, "warning: max_retries is 100: "],
  ])("is warned of where it is set far away: %j", (changes, line) => {
    expect(findingsOf({ ...consumer, ...changes })).toEqual([expect.stringContaining(line)]);
  });
});

/** An environment of which only the bindings matter. */
const config = (bindings: Bindings) => bindings as WranglerConfig;

describe("environments", () => {
  it("inherit no bindings", () => {
    const lines = linesOf(checkEnvironment("staging", config(nothing), config(good)));
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toMatch(/^fault: \[env\.staging\] \w+ is not bound/);
  });

  it("must not share a queue or a namespace with the top level", () => {
    const shared = { ...good, kv_namespaces: [{ binding: "PROFILES", id: "0123" }] };
    expect(linesOf(checkApart("staging", shared, shared))).toEqual([
      expect.stringContaining("[env.staging] has the queue deliveries of the top level"),
      expect.stringContaining("[env.staging] has the KV namespace of the top level"),
    ]);
    const queues = {
      producers: [{ binding: "DELIVERIES", queue: "deliveries-staging" }],
      consumers: [{ ...consumer, queue: "deliveries-staging" }],
    };
    const apart = config({ ...good, queues });
    expect(levelsOf(checkEnvironment("staging", apart, config(good)))).toEqual(["ok"]);
  });
});

describe("the platform's settings", () => {
  it("are warned of where the date is old, and a flag that is missing is a fault", () => {
    const flags = Object.keys(SHIPPED_FLAGS);
    const shipped = { compatibility_date: SHIPPED_DATE, compatibility_flags: flags };
    expect(levelsOf(checkCompatibility(shipped))).toEqual(["ok", "ok"]);
    const old = { compatibility_date: "2025-01-01", compatibility_flags: [] };
    expect(levelsOf(checkCompatibility(old))).toEqual(["warning", "fault", "fault"]);
  });

  it("need a cron and a log that keeps no query strings", () => {
    expect(levelsOf(checkCron({ triggers: { crons: ["*/5 * * * *"] } }))).toEqual(["ok"]);
    expect(levelsOf(checkCron({ triggers: {} }))).toEqual(["warning"]);
    const kept = { enabled: true, redact_query_string: true, logs: { invocation_logs: false } };
    expect(levelsOf(checkObservability({ observability: kept }))).toEqual(["ok"]);
    expect(levelsOf(checkObservability({ observability: { enabled: true } }))).toEqual([
      "ok",
      "warning",
      "warning",
    ]);
    expect(levelsOf(checkObservability({ observability: undefined }))).toEqual(["warning"]);
  });
});

describe("variables", () => {
  const crm = { id: "acme-crm", url: "https://crm.example.com", headers: { a: "${TOKEN}" } };

  it("that are valid name the CRMs, and without any the profiles go nowhere", () => {
    expect(linesOf(checkVariables({ DESTINATIONS: [crm] }, {}))).toEqual([
      "ok: the variables are valid; 1 CRM: acme-crm",
    ]);
    expect(levelsOf(checkVariables({}, {}))).toEqual(["warning"]);
  });

  it("are all judged at once, secrets included where they are known", () => {
    const vars = { LEDGER_PARTITIONS: 0, DESTINATIONS: [{ ...crm, batch: 0 }] };
    expect(linesOf(checkVariables(vars, { ALERT_SIGNING_SECRET: "no-such-thing" }))).toEqual([
      "fault: LEDGER_PARTITIONS: must be at least 1",
      expect.stringContaining("fault: ALERT_SIGNING_SECRET: "),
      expect.stringContaining("fault: DESTINATIONS/0/batch: "),
    ]);
  });

  it("are judged again with what .dev.vars replaces, and nothing is told twice", () => {
    const vars = { LEDGER_PARTITIONS: 0 };
    expect(checkDevVariables(vars, vars, {})).toEqual([]);
    expect(checkDevVariables({}, { API_TOKEN: "", GAMEBALL_SECRET_KEY: "" }, {})).toEqual([]);
    const dev = { ...vars, DESTINATIONS: "[" };
    expect(linesOf(checkDevVariables(vars, dev, {}))).toEqual([
      "fault: npm run dev: DESTINATIONS: is not valid JSON",
    ]);
  });

  it("may be right and not harmless", () => {
    expect(checkRiskyVariables({}, { ALLOW_INSECURE_DESTINATIONS: "true" })).toEqual([]);
    for (const value of ["true", true]) {
      const vars = { ALLOW_INSECURE_DESTINATIONS: value };
      expect(levelsOf(checkRiskyVariables(vars, vars))).toEqual(["fault"]);
    }
    const eu = { JURISDICTION: "eu" };
    expect(levelsOf(checkRiskyVariables(eu, eu))).toEqual(["warning"]);
    expect(checkRiskyVariables(eu, { JURISDICTION: "" })).toEqual([]);
  });

  it("have at most 5 KB each, a table as its JSON, in bytes", () => {
    const table = [{ id: "é".repeat(2_555) }];
    expect(JSON.stringify(table)).toHaveLength(2_566);
    expect(levelsOf(checkSizes({ A: "x".repeat(4_095) }))).toEqual(["ok"]);
    expect(linesOf(checkSizes({ A: "x".repeat(4_096), B: "y" }))).toEqual([
      "warning: A has 4096 bytes, of 5120 that the platform takes",
    ]);
    expect(levelsOf(checkSizes({ A: "x".repeat(5_120) }))).toEqual(["warning"]);
    expect(linesOf(checkSizes({ DESTINATIONS: table }))).toEqual([
      "fault: DESTINATIONS has 5121 bytes: the platform refuses more than 5120",
    ]);
  });
});
