// Two kinds of test: those that run inside workerd with real KV, Queue and Durable Objects, and those
// that run in Node because they start a whole relay or turn pure functions thousands of times.
import { dirname } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { testBindings } from "./support/bindings.ts";

const root = dirname(import.meta.dirname);
const inNode = ["test/e2e/**/*.test.ts", "test/**/*.property.test.ts"];

export default defineConfig({
  test: {
    silent: "passed-only",
    projects: [
      {
        extends: true,
        root,
        plugins: [
          cloudflareTest({
            wrangler: { configPath: `${root}/wrangler.toml` },
            miniflare: {
              bindings: testBindings,
              // Tests stand in for CRMs by replacing `fetch`; what slips through must not leave the machine.
              outboundService: () => Response.json("no CRM is here", { status: 599 }),
            },
          }),
        ],
        test: { name: "workerd", include: ["test/**/*.test.ts"], exclude: inNode },
      },
      {
        extends: true,
        root,
        test: { name: "node", include: inNode, testTimeout: 120_000, hookTimeout: 60_000 },
      },
    ],
  },
});
