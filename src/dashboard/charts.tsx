// Small charts of the last 24 hours, drawn on the server as SVG. Each says in words what it shows.
import type { Child } from "hono/jsx";
import type { QuarterView } from "../gate/statistics.ts";
import { counted, duration, percent } from "./words.ts";

const QUARTER_MS = 15 * 60 * 1000;
/** Quarters of an hour in a day, and the current one. */
const WIDTH = 97;
const HEIGHT = 100;
const BAR_WIDTH = 0.8;

interface Props {
  readonly quarters: readonly QuarterView[];
  /** In ms of Unix time. */
  readonly now: number;
}

/** A bar that stands on the ground or on another one, in the chart's units. */
interface Bar {
  readonly x: number;
  readonly from: number;
  readonly to: number;
}

/** Deliveries by quarter of an hour; those that failed or were refused stand on top. */
export function DeliveriesChart({ quarters, now }: Props) {
  const counts = quarters.map(({ succeeded, rejected, failed, at }) => {
    return { x: xOf(at, now), good: succeeded, all: succeeded + rejected + failed };
  });
  const scale = scaleTo(counts.map(({ all }) => all));
  return (
    <Chart words={describeDeliveries(quarters)}>
      <Bars class="good" bars={counts.map(({ x, good }) => ({ x, from: 0, to: scale(good) }))} />
      <Bars
        class="bad"
        bars={counts.map(({ x, good, all }) => ({ x, from: scale(good), to: scale(all) }))}
      />
    </Chart>
  );
}

/** Latency by quarter of an hour: nearly all calls took no longer, and half of them. */
export function LatencyChart({ quarters, now }: Props) {
  const points = quarters.flatMap(({ latency_p50_ms: p50, latency_p95_ms: p95, at }) =>
    p50 === null || p95 === null ? [] : [{ x: xOf(at, now), p50, p95 }],
  );
  const scale = scaleTo(points.map(({ p95 }) => p95));
  return (
    <Chart words={describeLatency(quarters)}>
      <Bars class="p95" bars={points.map(({ x, p95 }) => ({ x, from: 0, to: scale(p95) }))} />
      <Bars class="p50" bars={points.map(({ x, p50 }) => ({ x, from: 0, to: scale(p50) }))} />
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
      <path class="base" d={`M0 ${HEIGHT}h${WIDTH}`} />
      {props.children}
    </svg>
  );
}

/** Many bars are one path: a page of charts stays small. */
function Bars(props: { readonly class: string; readonly bars: readonly Bar[] }) {
  const path = props.bars
    .filter(({ from, to }) => to > from)
    .map(
      ({ x, from, to }) => `M${x} ${HEIGHT - from}V${HEIGHT - to}h${BAR_WIDTH}V${HEIGHT - from}z`,
    );
  return <path class={props.class} d={path.join("")} />;
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

function xOf(at: string, now: number): number {
  const current = Math.floor(now / QUARTER_MS);
  return WIDTH - 1 - (current - Math.floor(Date.parse(at) / QUARTER_MS));
}

/** Heights of values in whole units of the chart, of which the greatest fills it. */
function scaleTo(values: readonly number[]): (value: number) => number {
  const most = Math.max(1, ...values);
  return (value) => Math.round((value / most) * HEIGHT);
}
