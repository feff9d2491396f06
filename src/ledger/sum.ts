// How a destination stands in the whole ledger: what its partitions say, as one. Pure.
import type { Survey, SweepProgress } from "./operator.ts";
import type { Crowd } from "./store/crowds.ts";

const NOBODY: Crowd = { behind: 0, behindSince: null, dead: 0, deadLetters: 0 };

/** The surveys of all partitions as one. */
export function sumSurveys(surveys: readonly Survey[]): Survey {
  return {
    crowd: surveys.reduce((sum, { crowd }) => addCrowd(sum, crowd), NOBODY),
    backfill: sumProgress(surveys.map(({ backfill }) => backfill)),
    replay: sumProgress(surveys.map(({ replay }) => replay)),
  };
}

function addCrowd(left: Crowd, right: Crowd): Crowd {
  const since = [left.behindSince, right.behindSince].filter((time) => time !== null);
  return {
    behind: left.behind + right.behind,
    behindSince: since.length === 0 ? null : Math.min(...since),
    dead: left.dead + right.dead,
    deadLetters: left.deadLetters + right.deadLetters,
  };
}

/** The parts of the newest sweep, which have one start; a partition that it never reached has an older one. */
function sumProgress(parts: readonly (SweepProgress | null)[]): SweepProgress | null {
  const known = parts.filter((part) => part !== null);
  if (known.length === 0) return null;
  const startedAt = Math.max(...known.map((part) => part.startedAt));
  const newest = known.filter((part) => part.startedAt === startedAt);
  const ends = newest.flatMap(({ finishedAt }) => (finishedAt === null ? [] : [finishedAt]));
  return {
    startedAt,
    finishedAt: ends.length === newest.length ? Math.max(...ends) : null,
    total: newest.reduce((sum, { total }) => sum + total, 0),
    done: newest.reduce((sum, { done }) => sum + done, 0),
  };
}
