// The plain Worker, run as its author would test it: built by wrangler, on the platform's local simulators.
// (Its contenders in the benchmarks run without wrangler's proxy.)
import { dirname, join } from "node:path";
import { createTestHarness } from "wrangler";
import { API_TOKEN, SECRET_KEY } from "../../../support/bindings.ts";
import type { Contender } from "../../contenders/contender.ts";

const peers = dirname(import.meta.dirname);

export const plainWorker: Contender = {
  name: "plain Worker",
  about: "wrangler's test harness",
  start: async ({ crms }) => {
    const vars = {
      CRMS: JSON.stringify(crms),
      GAMEBALL_SECRET_KEY: SECRET_KEY,
      API_TOKEN,
      RETRY_BASE_SECONDS: "1",
    };
    const configPath = join(peers, "plain-worker/wrangler.toml");
    const harness = createTestHarness({ workers: [{ configPath, vars }] });
    const { url } = await harness.listen();
    return { url, processes: [], stop: async () => harness.close() };
  },
};
