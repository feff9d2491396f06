// Tests in a real browser. They need Chromium, which npm does not bring: `npm run test:browser`.
import { dirname } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: dirname(dirname(import.meta.dirname)),
  test: {
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Each file starts a relay and a browser, and waits for them most of the time.
    maxWorkers: 2,
  },
});
