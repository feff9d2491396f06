// The charts of the last 24 hours: what they draw, and what they say of it.
import { html } from "hono/html";
import type { Child } from "hono/jsx";
import { describe, expect, it } from "vitest";
import {
  DeliveriesChart,
  describeDeliveries,
  describeLatency,
  LatencyChart,
} from "../../src/dashboard/charts.tsx";
import type { QuarterView } from "../../src/gate/statistics.ts";

const NOW = Date.parse("2026-01-02T12:07:00Z");

function quarter(at: string, changes: Partial<QuarterView> = {}): QuarterView {
  const none = { succeeded: 0, rejected: 0, failed: 0, latency_p50_ms: null, latency_p95_ms: null };
  return { at, ...none, ...changes };
}

const now = quarter("2026-01-02T12:00:00.000Z", {
  succeeded: 8,
  latency_p50_ms: 50,
  latency_p95_ms: 200,
});
const yesterday = quarter("2026-01-01T12:00:00.000Z", {
  succeeded: 1,
  rejected: 1,
  failed: 2,
  latency_p50_ms: 100,
  latency_p95_ms: 100,
});

/** A chart as the page holds it. */
async function draw(chart: Child): Promise<string> {
  return (await html`${chart}`).toString();
}

/** The bars of a chart: class, and of each where it stands, from where, and how high. */
async function bars(chart: Child): Promise<unknown[]> {
  return [...(await draw(chart)).matchAll(/<path class="(\w+)" d="([^"]*)"/g)].flatMap(
    ([, name, path]) =>
      [...(path ?? "").matchAll(/M(\d+) (\d+)V(\d+)h0.8/g)].map(([, x, from, to]) => {
        return [name, Number(x), 100 - Number(from), 100 - Number(to)];
      }),
  );
}

describe("the chart of deliveries", () => {
  it("has a bar for each quarter of an hour, the failed above the others, as high as the most", async () => {
    const chart = <DeliveriesChart quarters={[yesterday, now]} now={NOW} />;
    expect(await bars(chart)).toEqual([
      ["good", 0, 0, 13],
      ["good", 96, 0, 100],
      ["bad", 0, 13, 50],
    ]);
  });

  it("says the same to whoever does not see it", async () => {
    const chart = await draw(<DeliveriesChart quarters={[yesterday, now]} now={NOW} />);
    const words = "75 % of 12 deliveries in the last 24 hours succeeded";
    expect(chart).toContain(`role="img" aria-label="${words}"`);
    expect(describeDeliveries([])).toBe("No deliveries in the last 24 hours");
  });
});

describe("the chart of latency", () => {
  it("has for each quarter with calls what half and what nearly all of them took", async () => {
    expect(
      await bars(<LatencyChart quarters={[yesterday, quarter(now.at), now]} now={NOW} />),
    ).toEqual([
      ["p95", 0, 0, 50],
      ["p95", 96, 0, 100],
      ["p50", 0, 0, 50],
      ["p50", 96, 0, 25],
    ]);
  });

  it("says the same in words", () => {
    const words = "Latency in the last 24 hours: typically 100 ms, at worst 200 ms";
    expect(describeLatency([yesterday, now])).toBe(words);
    expect(describeLatency([quarter(now.at)])).toBe("No calls in the last 24 hours");
  });
});
