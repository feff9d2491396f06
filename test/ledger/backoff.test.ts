// How long a failed delivery waits.
import { describe, expect, it } from "vitest";
import { backoffMs } from "../../src/ledger/backoff.ts";

const NEARLY_ONE = 1 - 2 ** -53;

describe("backoffMs", () => {
  it.each([
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [10, 2_560_000],
    [11, 3_600_000],
    [12, 3_600_000],
    [1_000_000, 3_600_000],
  ])("after %i failures is anything below %i ms", (failures, ceiling) => {
    expect(backoffMs(failures, 0)).toBe(0);
    expect(backoffMs(failures, 0.5)).toBe(ceiling / 2);
    expect(backoffMs(failures, NEARLY_ONE)).toBe(ceiling - 1);
  });
});
