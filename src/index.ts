// The Worker: HTTP in, doorbells in, a watch now and then, and the two Durable Objects.
import { app } from "./app.ts";
import { consume } from "./delivery/consumer.ts";
import type { Env } from "./env.ts";
import { watch } from "./watch.ts";

export { Gate } from "./gate/gate.ts";
export { Ledger } from "./ledger/ledger.ts";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: watch,
} satisfies ExportedHandler<Env>;
