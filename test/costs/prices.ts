// What Cloudflare takes and gives for what an update uses: the one price list of tests and benchmarks.

/** How often something was used, by its name. */
export type Counts = Readonly<Record<string, number>>;

/**
 * US$ for a million of each, November 2026 (Cloudflare, Workers pricing), with nothing included subtracted. A
 * consumer's run is taken for a Worker request, to be on the safe side.
 */
export const PRICES_OF_WORK = {
  "Worker requests": 0.3,
  "consumer runs": 0.3,
  "Durable Object requests": 0.15,
  "rows written": 1,
  "queue operations": 0.4,
  "KV writes": 5,
} as const;
export const PRICES_OF_TELLING = { "log lines": 0.6, "data points": 0.25 } as const;

/** What the free plan carries in a day. */
export const FREE_A_DAY = {
  "Worker requests": 100_000,
  "Durable Object requests": 100_000,
  "rows written": 100_000,
  "queue operations": 10_000,
  "KV writes": 1_000,
} as const;

/** The most that an update may use under load with three CRMs that take batches of 100. */
export const LIMITS_UNDER_LOAD = {
  "Durable Object requests": 1.3,
  "rows written": 6,
  "queue operations": 0.2,
  "KV writes": 1,
  "CRM calls": 0.035,
} as const;
/** The most that a million of such updates may cost in work, in US$. */
export const MAX_USD_A_MILLION = 12;
/** The most rows that an operation may read with 100,000 customers in its partition, over those with 1,000. */
export const MAX_GROWTH = 2;

/** US$ for a million updates like these. */
export function price(counts: Counts, prices: Counts, updates: number): number {
  const parts = Object.entries(prices).map(([name, usd]) => (counts[name] ?? 0) * usd);
  return parts.reduce((sum, part) => sum + part, 0) / updates;
}
