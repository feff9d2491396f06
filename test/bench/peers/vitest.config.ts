// Tests that need the packages of this folder and Debian's redis-server: npm --prefix test/bench/peers test
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The simulators tell of each batch of the queue.
    onConsoleLog: (line) => !line.startsWith("[wrangler:info]"),
  },
});
