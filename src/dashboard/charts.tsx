// Small charts of the last 24 hours, drawn on the server as SVG. Each says in words what it shows.
import type { Child } from "hono/jsx";
import type { QuarterView } from "../gate/statistics.ts";
import { counted, duration, percent } from "./words.ts";

const QUARTER_MS = 15 * 60 * 1000;
/** Quarters of an hour in a day, and the current one. */
const WIDTH = 97;
const HEIGHT = 24;
const BAR_WIDTH = 0.8;

interface Props {
  readonly quarters: readonly QuarterView[];
  /** In ms of Unix time. */
  readonly now: number;
}

/** Deliveries by quarter of an hour; those that failed or were refused stand on top. */
export function DeliveriesChart({ quarters, now }: Props) {
  const bars = quarters.map((quarter) => ({
    x: xOf(quarter, now),
    good: quarter.succeeded,
    bad: quarter.failed + quarter.rejected,
  }));
  const most = Math.max(1, ...bars.map(({ good, bad }) => good + bad));
  const scale = (count: number) => round((count / most) * HEIGHT);
  return (
    <Chart words={describeDeliveries(quarters)}>
      {bars.map(({ x, good, bad }) => (
        <>
          <rect
            class="good"
            x={x}
            y={HEIGHT - scale(good)}
            width={BAR_WIDTH}
            height={scale(good)}
          />
          <rect
            class="bad"
            x={x}
            y={round(HEIGHT - scale(good) - scale(bad))}
            width={BAR_WIDTH}
            height={scale(bad)}
          />
        </>
      ))}
    </Chart>
  );
}

/** Latency by quarter of an hour: half of the calls, and nearly all, took no longer. */
export function LatencyChart({ quarters, now }: Props) {
  const points = quarters.flatMap((quarter) => {
    const { latency_p50_ms: p50, latency_p95_ms: p95 } = quarter;
    return p50 === null || p95 === null ? [] : [{ x: xOf(quarter, now), p50, p95 }];
  });
  const most = Math.max(1, ...points.map(({ p95 }) => p95));
  const y = (ms: number) => round(HEIGHT - (ms / most) * HEIGHT);
  return (
    <Chart words={describeLatency(quarters)}>
      {points.map(({ x, p50, p95 }) => (
        <>
          <rect class="p95" x={x} y={y(p95)} width={BAR_WIDTH} height={round(HEIGHT - y(p95))} />
          <rect class="p50" x={x} y={y(p50)} width={BAR_WIDTH} height={round(HEIGHT - y(p50))} />
        </>
      ))}
    </Chart>
  );
}

function Chart(props: { readonly words: string; readonly children: Child }) {
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.words}
    >
      <line class="base" x1="0" y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
      {props.children}
    </svg>
  );
}

/** The deliveries of a day in words. */
export function describeDeliveries(quarters: readonly QuarterView[]): string {
  const succeeded = quarters.reduce((sum, quarter) => sum + quarter.succeeded, 0);
  const all = quarters.reduce((sum, { rejected, failed }) => sum + rejected + failed, succeeded);
  if (all === 0) return "No deliveries in the last 24 hours";
  const deliveries = counted(all, "delivery", "deliveries");
  return `${percent(succeeded / all)} of ${deliveries} in the last 24 hours succeeded`;
}

/** The latency of a day in words: of its quarters, the middle and the worst. */
export function describeLatency(quarters: readonly QuarterView[]): string {
  const middles = quarters.flatMap(({ latency_p50_ms: p50 }) => p50 ?? []);
  const highs = quarters.flatMap(({ latency_p95_ms: p95 }) => p95 ?? []);
  if (middles.length === 0) return "No calls in the last 24 hours";
  const median = middles.toSorted((a, b) => a - b)[Math.floor(middles.length / 2)] ?? 0;
  return `Latency in the last 24 hours: typically ${duration(median)}, at worst ${duration(Math.max(...highs))}`;
}

function xOf({ at }: QuarterView, now: number): number {
  const current = Math.floor(now / QUARTER_MS);
  return WIDTH - 1 - (current - Math.floor(Date.parse(at) / QUARTER_MS));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
