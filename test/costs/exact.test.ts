// What an update uses, exactly: the same on every run. `npm run bench -- counts` prints it.
import { reset } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { countLoad, type Load } from "./loads.ts";
import { LIMITS_UNDER_LOAD, MAX_USD_A_MILLION, price, PRICES_OF_WORK } from "./prices.ts";

const UPDATES = 1_000;
const LOW: Load = { updates: UPDATES, customers: UPDATES, everyMs: 0, roundMs: 0 };
/** 5,000 a second, as many as one queue takes. */
const HIGH: Load = { updates: UPDATES, customers: 500, everyMs: 0.2, roundMs: 100 };

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

it("uses of everything what was expected where each update comes by itself", async ({ task }) => {
  const counts = await countLoad(LOW);
  task.meta.counted = { load: LOW, counts };
  expect(counts["Worker requests"]).toBe(UPDATES);
  expect(counts["KV writes"]).toBe(UPDATES);
  expect(counts["CRM calls"]).toBe(3 * UPDATES);
  expect(counts["queue operations"]).toBe(3 * UPDATES);
  expect(counts["consumer runs"]).toBe(UPDATES);
}, 120_000);

it("stays within every limit of an update under load, and counts the same again", async ({
  task,
}) => {
  const counts = await countLoad(HIGH);
  task.meta.counted = { load: HIGH, counts };
  expect(counts["Worker requests"]).toBe(UPDATES);
  expect(price(counts, PRICES_OF_WORK, UPDATES)).toBeLessThanOrEqual(MAX_USD_A_MILLION);
  const exceeded = Object.entries(LIMITS_UNDER_LOAD).filter(
    ([name, limit]) => (counts[name] ?? Infinity) / UPDATES > limit,
  );
  expect(exceeded).toEqual([]);
  vi.restoreAllMocks();
  await reset();
  expect(await countLoad(HIGH)).toEqual(counts);
}, 120_000);
