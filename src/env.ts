// The Worker's bindings, as wrangler.toml names them.

/**
 * What the platform hands in. Variables and secrets are parsed by `config.ts` and nowhere else, so
 * here they are unknown. The Durable Objects' methods are typed by `ledger/client.ts` and
 * `gate/client.ts`.
 */
export interface Env {
  readonly PROFILES: KVNamespace;
  readonly DELIVERIES: Queue;
  readonly LEDGER: DurableObjectNamespace;
  readonly GATES: DurableObjectNamespace;
  /** Limits attempts to sign in to the dashboard; without it nobody can. */
  readonly SIGN_INS?: RateLimit;
  /** Metrics can be left out of wrangler.toml. */
  readonly METRICS?: AnalyticsEngineDataset;
  readonly [name: string]: unknown;
}
