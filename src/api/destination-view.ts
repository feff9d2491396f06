// A destination as an operator sees it: what it is, how its gate stands, and how far behind it is. Pure.
import type { Destination } from "../destinations/destination.ts";
import type { GateView } from "../gate/view.ts";
import type { Survey, SweepProgress } from "../ledger/operator.ts";
import { toTime } from "../time.ts";

/** The last time that RFC 3339 can write. */
const LAST_TIME_MS = Date.parse("9999-12-31T23:59:59.999Z");

/** How far a backfill or replay has got, in customers. Times are RFC 3339 in UTC. */
export interface SweepView {
  readonly state: "running" | "finished";
  readonly done: number;
  readonly total: number;
  readonly started_at: string;
  readonly finished_at: string | null;
  /** At the pace so far; `null` when it is over, or nobody can tell yet. */
  readonly estimated_end_at: string | null;
}

/** What `GET /v1/destinations/{id}` says. Headers and URL are left out: they may hold secrets. */
export interface DestinationView
  extends Pick<Destination, "id" | "format" | "topics" | "deliver">, GateView {
  readonly customers_behind: number;
  /** Since when the longest of them waits. */
  readonly behind_since: string | null;
  /** Customers with dead letters, and how many these are. */
  readonly customers_dead: number;
  readonly dead_letters: number;
  readonly backfill: SweepView | null;
  readonly replay: SweepView | null;
}

/** A destination for an operator's eyes, at the time `now` (ms of Unix time). */
export function viewDestination(
  { id, format, topics, deliver }: Destination,
  gate: GateView,
  { crowd, backfill, replay }: Survey,
  now: number,
): DestinationView {
  return {
    id,
    format,
    topics,
    deliver,
    ...gate,
    customers_behind: crowd.behind,
    behind_since: toTimeOrNull(crowd.behindSince),
    customers_dead: crowd.dead,
    dead_letters: crowd.deadLetters,
    backfill: backfill && viewSweep(backfill, now),
    replay: replay && viewSweep(replay, now),
  };
}

/** A backfill or replay for an operator's eyes. */
export function viewSweep(progress: SweepProgress, now: number): SweepView {
  const { startedAt, finishedAt, total, done } = progress;
  return {
    state: finishedAt === null ? "running" : "finished",
    done,
    total,
    started_at: toTime(startedAt),
    finished_at: toTimeOrNull(finishedAt),
    estimated_end_at: toTimeOrNull(estimateEnd(progress, now)),
  };
}

function estimateEnd(
  { startedAt, finishedAt, total, done }: SweepProgress,
  now: number,
): number | null {
  if (finishedAt !== null || done === 0) return null;
  const end = Math.round(now + ((now - startedAt) * (total - done)) / done);
  return end <= LAST_TIME_MS ? end : null;
}

function toTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : toTime(ms);
}
