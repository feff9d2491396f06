// The README's queries of the metrics, asked of SQLite instead of Analytics Engine: they name the columns that
// the relay writes, and count what was sampled.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { accountOfAttempt, type Attempt } from "../../src/telemetry/attempt.ts";
import type { DataPoint } from "../../src/telemetry/telemetry.ts";
import { accountOfWebhook, UNKNOWN } from "../../src/telemetry/webhook.ts";

const root = dirname(dirname(import.meta.dirname));
const readme = await readFile(join(root, "README.md"), "utf8");
const queries = [...readme.matchAll(/<<'SQL'[^\n]*\n(.*?)\nSQL\n/gs)].map(
  ([, query]) => query ?? "",
);
const { analytics_engine_datasets: datasets } = unstable_readConfig({
  config: join(root, "wrangler.toml"),
});

/** Each point stands for so many that were left out. */
const SAMPLE_INTERVAL = 10;
const BLOBS = [1, 2, 3, 4];
const DOUBLES = [1, 2, 3, 4, 5, 6, 7];

/** What Analytics Engine writes in another way than SQLite, or SQLite lacks. */
const DIALECT: readonly (readonly [RegExp, string])[] = [
  [/toStartOfInterval\(timestamp, INTERVAL '1' HOUR\)/g, "timestamp / 3600 * 3600"],
  [/now\(\) - INTERVAL '(1' DAY|24' HOUR)/g, "now - 86400"],
  [/quantileExactWeighted\(0\.95\)\((\w+), \w+\)/g, "max($1)"],
];

/** The answer to a query, when these points were written an hour ago. */
function ask(query: string, points: readonly DataPoint[]): unknown[] {
  const database = new DatabaseSync(":memory:");
  const columns = [...BLOBS.map((n) => `blob${n}`), ...DOUBLES.map((n) => `double${n}`)];
  const all = ["_sample_interval", "timestamp", "now", ...columns];
  database.exec(`CREATE TABLE ${datasets[0]?.dataset} (${all.join()})`);
  const insert = database.prepare(
    `INSERT INTO ${datasets[0]?.dataset} VALUES (${all.map(() => "?").join()})`,
  );
  for (const { blobs, doubles } of points) {
    const texts = BLOBS.map((n) => blobs[n - 1] ?? "");
    const numbers = DOUBLES.map((n) => doubles[n - 1] ?? 0);
    insert.run(SAMPLE_INTERVAL, 7_200, 10_800, ...texts, ...numbers);
  }
  const sql = DIALECT.reduce((text, [pattern, inSqlite]) => text.replace(pattern, inSqlite), query);
  return database
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }));
}

const webhook = (problem: string | null): DataPoint =>
  accountOfWebhook({
    requestId: "",
    subject: { ...UNKNOWN, outcome: problem === null ? "accepted" : null },
    problem,
    status: problem === null ? 202 : 401,
    durationMs: 5,
  }).point;

const attempt = (changes: Partial<Attempt>): DataPoint =>
  accountOfAttempt({
    destination: "acme-crm",
    format: "webhook",
    outcomes: ["delivered"],
    status: 200,
    attempt: 1,
    deliveries: 4,
    succeeded: 4,
    rejected: 0,
    failed: 0,
    durationMs: 100,
    eventIds: [],
    ...changes,
  }).point;

const failed = { outcomes: ["retry"], status: null, succeeded: 0, failed: 4, durationMs: 900 };
const points = [
  webhook(null),
  webhook(null),
  webhook("invalid-signature"),
  attempt({}),
  attempt({ outcomes: ["delivered", "rejected"], succeeded: 2, rejected: 2 }),
  attempt({ outcomes: ["split"], status: 400, succeeded: 0 }),
  attempt({ destination: "other", ...failed, attempt: 3 }),
  attempt({ destination: "other", ...failed, attempt: 4 }),
];

it("has three queries", () => {
  expect(datasets).toMatchObject([{ binding: "METRICS" }]);
  expect(queries).toHaveLength(3);
});

it("counts webhooks by outcome and hour", () => {
  expect(ask(queries[0] ?? "", points)).toEqual([
    { hour: 7_200, outcome: "accepted", webhooks: 20 },
    { hour: 7_200, outcome: "invalid-signature", webhooks: 10 },
  ]);
});

it("gives each destination's success rate and latency", () => {
  expect(ask(queries[1] ?? "", points)).toEqual([
    { destination: "other", calls: 20, success_rate: 0, p95_ms: 900 },
    { destination: "acme-crm", calls: 20, success_rate: 0.75, p95_ms: 100 },
  ]);
});

it("says what fails most", () => {
  expect(ask(queries[2] ?? "", points)).toEqual([
    { destination: "other", outcome: "retry", status: 0, deliveries: 80, attempts: 4 },
    {
      destination: "acme-crm",
      outcome: "delivered,rejected",
      status: 200,
      deliveries: 20,
      attempts: 1,
    },
  ]);
});
