// What an update uses, exactly: the same on every run. `npm run bench -- counts` prints it.
import { reset } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { countLoad, type Load } from "./loads.ts";
import {
  type Counts,
  LIMITS_UNDER_LOAD,
  MAX_USD_A_MILLION,
  price,
  PRICES_OF_WORK,
} from "./prices.ts";

const UPDATES = 1_000;
/** On a machine that is busy with other things. */
const PATIENCE_MS = 600_000;
const AT_ONCE = [0, 0, 0] as const;
const LOW: Load = {
  name: "low",
  updates: UPDATES,
  customers: UPDATES,
  everyMs: 0,
  roundMs: 0,
  answerMs: AT_ONCE,
};
/** 5,000 a second, as many as one queue takes: the load that limits are for. */
const HIGH: Load = { ...LOW, name: "high", customers: 500, everyMs: 0.2, roundMs: 100 };
/**
 * The same but for one thing each, so that nobody takes one load for all; and a little more than an update
 * uses then, and a million cost in US$.
 */
const OTHERS: readonly { readonly load: Load; readonly most: Counts; readonly usd: number }[] = [
  {
    load: { ...HIGH, name: "1,000/s", everyMs: 1 },
    most: { ...LIMITS_UNDER_LOAD, "Durable Object requests": 1.7, "queue operations": 0.5 },
    usd: MAX_USD_A_MILLION,
  },
  {
    load: { ...HIGH, name: "all new", customers: UPDATES },
    most: { ...LIMITS_UNDER_LOAD, "rows written": 6.2 },
    usd: MAX_USD_A_MILLION,
  },
  {
    load: { ...HIGH, name: "staggered", answerMs: [0, 50, 200] },
    most: { ...LIMITS_UNDER_LOAD, "rows written": 7.8 },
    usd: 13.5,
  },
];

declare module "vitest" {
  interface TaskMeta {
    counted?: { readonly load: Load; readonly counts: Readonly<Record<string, number>> };
  }
}

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await reset();
});

it(
  "uses of everything what was expected where each update comes by itself",
  async ({ task, signal }) => {
    const counts = await countLoad(LOW, signal);
    task.meta.counted = { load: LOW, counts };
    expect(counts["Worker requests"]).toBe(UPDATES);
    expect(counts["KV writes"]).toBe(UPDATES);
    expect(counts["CRM calls"]).toBe(3 * UPDATES);
    expect(counts["queue operations"]).toBe(3 * UPDATES);
    expect(counts["consumer runs"]).toBe(UPDATES);
  },
  PATIENCE_MS,
);

it(
  "stays within every limit of an update under load, and counts the same again",
  async ({ task, signal }) => {
    const counts = await countLoad(HIGH, signal);
    task.meta.counted = { load: HIGH, counts };
    expectWithin(counts, LIMITS_UNDER_LOAD, MAX_USD_A_MILLION);
    vi.restoreAllMocks();
    await reset();
    expect(await countLoad(HIGH, signal)).toEqual(counts);
  },
  PATIENCE_MS,
);

for (const { load, most, usd } of OTHERS) {
  it(
    `uses little more than was measured under another load: ${load.name}`,
    async ({ task, signal }) => {
      const counts = await countLoad(load, signal);
      task.meta.counted = { load, counts };
      expectWithin(counts, most, usd);
    },
    PATIENCE_MS,
  );
}

/** An update uses at most so much of each, and a million cost at most so many US$. */
function expectWithin(counts: Counts, most: Counts, usd: number): void {
  expect(counts["Worker requests"]).toBe(UPDATES);
  expect(price(counts, PRICES_OF_WORK, UPDATES)).toBeLessThanOrEqual(usd);
  const exceeded = Object.entries(most).filter(
    ([name, limit]) => (counts[name] ?? Infinity) / UPDATES > limit,
  );
  expect(exceeded).toEqual([]);
}
