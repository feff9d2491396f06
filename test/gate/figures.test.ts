// The figures that a gate keeps: minutes of the last hour, then quarters of an hour of the last day.
import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gateOf } from "../../src/gate/client.ts";
import { count, minuteOf, NONE } from "../../src/gate/statistics.ts";
import { answered, failed, times } from "../support/gate.ts";
import { bindings, moveClock } from "../support/relay-in-workerd.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_MS = Date.parse("2026-01-01T00:00:00Z");

const gate = () => gateOf(bindings, "one");
const query = async <T extends Record<string, SqlStorageValue>>(
  sql: string,
  ...values: unknown[]
) =>
  runInDurableObject(env.GATES.getByName("one"), (_, { storage }) =>
    storage.sql.exec<T>(sql, ...values).toArray(),
  );
const countRows = async () => {
  const [minutes] = await query<{ n: number }>("SELECT count(*) AS n FROM minutes");
  const [quarters] = await query<{ n: number }>("SELECT count(*) AS n FROM quarters");
  return { minutes: minutes?.n, quarters: quarters?.n };
};
const history = async () =>
  (await gate().history()).quarters.map(({ at, succeeded, failed: f }) => [
    at.slice(8, 16),
    succeeded,
    f,
  ]);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});

describe("the figures of a day", () => {
  it("are those of each quarter of an hour in which there was a call, the current one included", async () => {
    await gate().report([answered]);
    moveClock(14 * MINUTE_MS);
    await gate().report([answered, failed]);
    moveClock(MINUTE_MS);
    await gate().report([failed]);
    moveClock(HOUR_MS);
    await gate().report([answered]);
    expect(await history()).toEqual([
      ["01T00:00", 2, 1],
      ["01T00:15", 0, 1],
      ["01T01:15", 1, 0],
    ]);
  });

  it("have a latency for half of the calls, and for nearly all", async () => {
    const slow = { ...answered, durationMs: 900 };
    await gate().report([...times(19, { ...answered, durationMs: 100 }), slow, slow]);
    const [quarter] = (await gate().history()).quarters;
    expect(quarter?.latency_p50_ms).toBeCloseTo(100, -1);
    expect((quarter?.latency_p95_ms ?? 0) / 900).toBeCloseTo(1, 0.5);
  });

  it("take few rows: at most 75 minutes, and 97 quarters", async () => {
    for (let minutes = 0; minutes < 27 * 60; minutes += 5) {
      await gate().report([answered]);
      moveClock(5 * MINUTE_MS);
    }
    const rows = await countRows();
    expect(rows.minutes).toBeLessThanOrEqual(75 / 5);
    expect(rows.quarters).toBeLessThanOrEqual(97);
    const quarters = await history();
    expect(quarters).toHaveLength(96);
    expect(quarters.at(-1)).toEqual(["02T02:45", 3, 0]);
    expect(quarters[0]).toEqual(["01T03:00", 3, 0]);
  });

  it("are forgotten after it", async () => {
    await gate().report([answered]);
    moveClock(25 * HOUR_MS);
    await gate().report([answered]);
    expect(await history()).toEqual([["02T01:00", 1, 0]]);
    moveClock(25 * HOUR_MS);
    expect(await history()).toEqual([]);
  });

  it.each([{ calls: -1e308 }, { failed: 1e300 }, { latencies: { many: 1 } }])(
    "are left out where they are no counts, such as %j",
    async (odd) => {
      await gate().report([answered]);
      const counts = JSON.stringify({ ...NONE, ...odd });
      await query(
        "INSERT INTO minutes (minute, counts) VALUES (?, ?)",
        minuteOf(START_MS) - 1,
        counts,
      );
      await evictDurableObject(env.GATES.getByName("one"));
      const { rates } = await gate().view();
      expect(rates.last_5_minutes).toMatchObject({ calls: 1, deliveries: 1, success_rate: 1 });
    },
  );

  it("are neither lost nor doubled when the clock goes back", async () => {
    for (const hours of [0, 2, -2, 2]) {
      moveClock(hours * HOUR_MS);
      await gate().report([answered]);
    }
    const before = await history();
    await evictDurableObject(env.GATES.getByName("one"));
    expect(await history()).toEqual(before);
    expect(before).toEqual([
      ["01T00:00", 1, 0],
      ["01T02:00", 3, 0],
    ]);
  });

  it("hold what an older version kept in minutes for a day", async () => {
    await gate().report([answered]);
    for (let ago = 2 * 60; ago < 23 * 60; ago += 10) {
      const minute = minuteOf(START_MS - ago * MINUTE_MS);
      const counts = JSON.stringify(count(NONE, [failed]));
      await query("INSERT INTO minutes (minute, counts) VALUES (?, ?)", minute, counts);
    }
    await evictDurableObject(env.GATES.getByName("one"));
    moveClock(MINUTE_MS);
    await gate().report([answered]);
    const quarters = await history();
    expect(quarters.reduce((sum, [, , failures]) => sum + Number(failures), 0)).toBe(21 * 6);
    expect(await countRows()).toEqual({ minutes: 2, quarters: 85 });
  });
});
