// The Worker under test, for the types of `cloudflare:workers`.
import type * as relay from "../src/index.ts";

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof relay;
    }
    interface Env {
      readonly PROFILES: KVNamespace;
      readonly DELIVERIES: Queue;
      readonly LEDGER: DurableObjectNamespace<relay.Ledger>;
      readonly METRICS: AnalyticsEngineDataset;
      readonly GATES: DurableObjectNamespace<relay.Gate>;
    }
  }
}
