// What all partitions say of a destination, as one.
import { describe, expect, it } from "vitest";
import type { Survey, SweepProgress } from "../../src/ledger/operator.ts";
import { sumSurveys } from "../../src/ledger/sum.ts";

const nobody = { behind: 0, behindSince: null, dead: 0, deadLetters: 0 };

function survey(part: Partial<Survey>): Survey {
  return { crowd: nobody, backfill: null, replay: null, ...part };
}

function backfillOf(...parts: readonly (SweepProgress | null)[]): SweepProgress | null {
  return sumSurveys(parts.map((backfill) => survey({ backfill }))).backfill;
}

describe("the crowds of all partitions", () => {
  it("of none are nobody", () => {
    expect(sumSurveys([])).toEqual(survey({}));
    expect(sumSurveys([survey({}), survey({})])).toEqual(survey({}));
  });

  it("are added, and behind since the longest of them is", () => {
    const crowds = [
      { behind: 2, behindSince: 500, dead: 1, deadLetters: 3 },
      nobody,
      { behind: 1, behindSince: 400, dead: 0, deadLetters: 0 },
      { behind: 0, behindSince: null, dead: 2, deadLetters: 2 },
    ];
    const sum = { behind: 3, behindSince: 400, dead: 3, deadLetters: 5 };
    expect(sumSurveys(crowds.map((crowd) => survey({ crowd }))).crowd).toEqual(sum);
  });
});

describe("a sweep through all partitions", () => {
  const running = { startedAt: 100, finishedAt: null, total: 10, done: 4 };
  const finished = { startedAt: 100, finishedAt: 150, total: 5, done: 5 };

  it("is none where there never was one", () => {
    expect(backfillOf(null, null)).toBeNull();
  });

  it("goes on while it does anywhere", () => {
    const sum = { startedAt: 100, finishedAt: null, total: 15, done: 9 };
    expect(backfillOf(running, finished, null)).toEqual(sum);
  });

  it("is over when the last partition is through", () => {
    const last = { ...finished, finishedAt: 170 };
    const sum = { startedAt: 100, finishedAt: 170, total: 10, done: 10 };
    expect(backfillOf(finished, last)).toEqual(sum);
  });

  it("is the newest: a partition that it did not reach still tells of the one before", () => {
    const newer = { startedAt: 200, finishedAt: null, total: 7, done: 1 };
    expect(backfillOf(running, newer, finished)).toEqual(newer);
    expect(backfillOf(finished, { ...newer, finishedAt: 300 })).toMatchObject({ finishedAt: 300 });
  });

  it("has nothing to do with a sweep of the other kind", () => {
    const { backfill, replay } = sumSurveys([
      survey({ backfill: running }),
      survey({ replay: finished }),
    ]);
    expect([backfill, replay]).toEqual([running, finished]);
  });
});
