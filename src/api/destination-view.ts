// A destination as an operator sees it: what it is, how its gate stands, and how far behind it is. Pure.
import * as v from "valibot";
import { type Destination, FORMATS } from "../destinations/destination.ts";
import { type GateView, gateViewEntries } from "../gate/view.ts";
import type { Survey, SweepProgress } from "../ledger/operator.ts";
import { timeSchema, toTime } from "../time.ts";
import { TOPICS } from "../topics.ts";

/** The last time that RFC 3339 can write. */
const LAST_TIME_MS = Date.parse("9999-12-31T23:59:59.999Z");

const integer = v.pipe(v.number(), v.integer());

/** How far a backfill or replay has got, in customers. Times are RFC 3339 in UTC. */
export const sweepViewSchema = v.strictObject({
  state: v.picklist(["running", "finished"]),
  done: integer,
  total: integer,
  started_at: timeSchema,
  finished_at: v.nullable(timeSchema),
  estimated_end_at: v.pipe(
    v.nullable(timeSchema),
    v.description("At the pace so far; null when it is over, or nobody can tell yet."),
  ),
});
export type SweepView = Readonly<v.InferOutput<typeof sweepViewSchema>>;

/** What `GET /v1/destinations/{id}` says. Headers and URL are left out: they may hold secrets. */
export const destinationViewSchema = v.strictObject({
  id: v.string(),
  format: v.picklist(FORMATS),
  topics: v.pipe(v.array(v.picklist(TOPICS)), v.readonly()),
  deliver: v.picklist(["latest", "every"]),
  ...gateViewEntries,
  customers_behind: integer,
  behind_since: v.pipe(
    v.nullable(timeSchema),
    v.description("Since when the longest of them waits."),
  ),
  customers_dead: v.pipe(integer, v.description("Customers with dead letters.")),
  dead_letters: integer,
  backfill: v.nullable(sweepViewSchema),
  replay: v.nullable(sweepViewSchema),
});
export type DestinationView = Readonly<v.InferOutput<typeof destinationViewSchema>>;

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
