// The Worker: HTTP in, doorbells in, a look at the backlogs now and then, and the two Durable Objects.
import { app } from "./app.ts";
import { consume } from "./delivery/consumer.ts";
import type { Env } from "./env.ts";
import { watchBacklogs } from "./watch.ts";

export { Gate } from "./gate/gate.ts";
export { Ledger } from "./ledger/ledger.ts";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: watchBacklogs,
} satisfies ExportedHandler<Env>;
