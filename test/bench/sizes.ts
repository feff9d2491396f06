// How much each benchmark sends: so much that rounds agree, and so little that all end in a quarter hour.

/** How big a run is. */
export interface Sizes {
  /** How often contenders alternate. */
  readonly rounds: number;
  /** A burst of the benchmark of being in step; five of each customer divide it. */
  readonly updates: number;
  /** Webhooks of a round of ingest. */
  readonly webhooks: number;
  /** How long latency is measured, in each round. */
  readonly latencySeconds: number;
  /** How often each operation is measured in a round of growth. */
  readonly turns: number;
  /** What is sent while a CRM is away. */
  readonly outage: {
    readonly rounds: number;
    readonly updates: number;
    readonly customers: number;
  };
}

export const FULL: Sizes = {
  rounds: 5,
  updates: 3_000,
  webhooks: 10_000,
  latencySeconds: 3,
  turns: 1_000,
  outage: { rounds: 1, updates: 10_000, customers: 1_000 },
};

/** Whether everything runs, not how fast. */
export const QUICK: Sizes = {
  rounds: 1,
  updates: 300,
  webhooks: 1_000,
  latencySeconds: 1,
  turns: 100,
  outage: { rounds: 1, updates: 500, customers: 50 },
};
