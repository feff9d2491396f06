// Latencies, counted in buckets that grow by a fifth, so that no percentile is off by more than a
// tenth (Masson et al., "DDSketch", VLDB 2019). Pure.

const GROWTH = 1.2;

/** How many latencies fell into each bucket; those without any are absent. */
export type Latencies = Readonly<Record<string, number>>;

/** Adds one latency. */
export function addLatency(latencies: Latencies, ms: number): Latencies {
  return mergeLatencies(latencies, { [bucketOf(ms)]: 1 });
}

/** All of both. */
export function mergeLatencies(left: Latencies, right: Latencies): Latencies {
  const sum: Record<string, number> = { ...left };
  for (const [bucket, count] of Object.entries(right)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

/** The latency, in whole ms, that the given share (0 to 1) does not exceed; `null` of none. */
export function percentileMs(latencies: Latencies, share: number): number | null {
  const buckets = Object.entries(latencies)
    .map(([bucket, count]) => ({ bucket: Number(bucket), count }))
    .toSorted((left, right) => left.bucket - right.bucket);
  let rank = Math.ceil(share * buckets.reduce((sum, { count }) => sum + count, 0));
  const found = buckets.find(({ count }) => (rank -= count) <= 0);
  return found === undefined ? null : middleOf(found.bucket);
}

/** Bucket n holds what is above 1.2^(n-1) and at most 1.2^n; 0 holds all up to 1 ms. */
function bucketOf(ms: number): number {
  return Math.ceil(Math.log(Math.max(ms, 1)) / Math.log(GROWTH));
}

/** The latency that is as far, in proportion, from one end of a bucket as from the other. */
function middleOf(bucket: number): number {
  return Math.round((2 * GROWTH ** bucket) / (GROWTH + 1));
}
