// Two kinds of test: those that run inside workerd with real KV, Queue and Durable Objects, and those
// that run in Node because they start a whole relay or turn pure functions thousands of times.
import { dirname } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import {
  costBindings,
  growthBindings,
  jobBindings,
  streamBindings,
  testBindings,
  tokenBindings,
} from "./support/bindings.ts";

const root = dirname(import.meta.dirname);
/**
 * `FUZZ=20` fuzzes twenty times as much, each time with other inputs; `FUZZ_SEED` repeats a run, by the seed that
 * it printed. Usually the inputs are the same on every run, so that a change alone can break a test.
 */
const isLonger = process.env["FUZZ"] !== undefined;
const fuzz = {
  times: Number(process.env["FUZZ"] ?? 1),
  seed: Number(process.env["FUZZ_SEED"] ?? (isLonger ? Date.now() % 2 ** 31 : 1)),
};

const inNode = [
  "test/{e2e,bench,chaos,mutants}/**/*.test.ts",
  "test/ledger/partition/**/*.test.ts",
  "test/**/*.property.test.ts",
];

const inCosts = ["test/costs/**/*.test.ts"];
const inStreams = ["test/streams/**/*.test.ts"];
const inJobs = ["test/jobs/**/*.test.ts"];
const inTokens = ["test/tokens/**/*.test.ts"];
const inGrowth = ["test/growth/**/*.test.ts"];
/** These need more than Node and npm: see test/browser/vitest.config.ts and test/bench/peers/README.md. */
const inBrowser = ["test/browser/**"];
const inPeers = ["test/bench/peers/**"];

/** A project whose tests run inside workerd, with the relay's own wrangler.toml. */
function workerd(name: string, bindings: object, include: string[], exclude: string[]) {
  return {
    extends: true as const,
    root,
    plugins: [
      cloudflareTest({
        wrangler: { configPath: `${root}/wrangler.toml` },
        miniflare: {
          bindings: { ...bindings },
          // Tests stand in for CRMs by replacing `fetch`; what slips through must not leave the machine.
          outboundService: () => Response.json("no CRM is here", { status: 599 }),
        },
      }),
    ],
    test: { name, include, exclude },
  };
}

export default defineConfig({
  test: {
    provide: { fuzz },
    // Many tests wait for time to pass: with a core left over, two cores would take twice as long.
    maxWorkers: "100%",
    // The relay's own log is one JSON object a line: thousands in a run. LOGS=1 shows them.
    onConsoleLog: (line) => process.env["LOGS"] !== undefined || !line.startsWith("{"),
    projects: [
      workerd(
        "workerd",
        testBindings,
        ["test/**/*.test.{ts,tsx}"],
        [...inNode, ...inCosts, ...inStreams, ...inJobs, ...inTokens, ...inGrowth, ...inBrowser],
      ),
      workerd("streams", streamBindings, inStreams, []),
      workerd("jobs", jobBindings, inJobs, []),
      workerd("tokens", tokenBindings, inTokens, []),
      workerd("costs", costBindings, inCosts, []),
      workerd("growth", growthBindings, inGrowth, []),
      {
        extends: true,
        root,
        test: {
          name: "node",
          include: inNode,
          exclude: inPeers,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
