// An attempt as it is told: one line and one data point for each call of a CRM, and for each run of the lookup
// store, which is told of as a destination like any other. Pure but for the telling.
import { PROFILE_STORE } from "../ledger/policy.ts";
import { type Account, type DataPoint, tell, type Telemetry } from "./telemetry.ts";

/** One attempt at some deliveries of a destination. */
export interface Attempt {
  readonly destination: string;
  readonly format: string;
  /** How the deliveries ended: each kind once, in the order of their coming. */
  readonly outcomes: readonly string[];
  /** `null` when there was no answer. */
  readonly status: number | null;
  /** Of the deliveries the one that is tried for the most times. */
  readonly attempt: number;
  readonly deliveries: number;
  readonly succeeded: number;
  readonly rejected: number;
  readonly failed: number;
  readonly durationMs: number;
  readonly eventIds: readonly string[];
}

/** One run of the lookup store. */
export interface Storing {
  readonly profiles: number;
  readonly erased: number;
  readonly failed: number;
  readonly attempt: number;
  readonly durationMs: number;
  readonly eventIds: readonly string[];
}

/** Tells of a call of a CRM. */
export function tellAttempt(attempt: Attempt, telemetry: Telemetry): void {
  tell(accountOfAttempt(attempt), telemetry);
}

/** Tells of what was stored in KV. */
export function tellStoring(storing: Storing, telemetry: Telemetry): void {
  tell(accountOfStoring(storing), telemetry);
}

/** A call of a CRM. What went well at once is nothing special. */
export function accountOfAttempt(attempt: Attempt): Account {
  const { destination, outcomes, status, deliveries, succeeded, eventIds, durationMs } = attempt;
  const isRoutine = succeeded === deliveries && attempt.attempt === 1;
  return {
    line: {
      event: "delivery.attempted",
      destination,
      deliveries,
      event_id: onlyOne(eventIds),
      attempt: attempt.attempt,
      outcome: outcomes.join(),
      status,
      duration_ms: durationMs,
    },
    point: pointOf(attempt),
    chosenBy: isRoutine ? eventIds : null,
  };
}

/** A run of the lookup store. An erasure has no event, and is always told of. */
export function accountOfStoring(storing: Storing): Account {
  const { profiles, erased, failed, attempt, durationMs, eventIds } = storing;
  const succeeded = profiles + erased;
  const outcomes = [...(succeeded > 0 ? ["delivered"] : []), ...(failed > 0 ? ["retry"] : [])];
  const isRoutine = failed === 0 && erased === 0 && attempt === 1;
  return {
    line: {
      event: "profile.stored",
      profiles,
      erased,
      failed,
      event_id: onlyOne(eventIds),
      attempt,
      duration_ms: durationMs,
    },
    point: pointOf({
      destination: PROFILE_STORE,
      format: "kv",
      outcomes,
      status: null,
      attempt,
      deliveries: succeeded + failed,
      succeeded,
      rejected: 0,
      failed,
      durationMs,
    }),
    chosenBy: isRoutine ? eventIds : null,
  };
}

/**
 * The data point: blob1 `attempt`, blob2 destination, blob3 outcomes, blob4 format; double1 duration (ms), double2
 * status (0: no answer), double3 attempt, double4 deliveries, double5 succeeded, double6 rejected, double7 failed.
 * Of a batch that is sent again in halves nothing has succeeded or failed yet.
 */
function pointOf(attempt: Omit<Attempt, "eventIds">): DataPoint {
  const { destination, format, outcomes, status, durationMs } = attempt;
  const { deliveries, succeeded, rejected, failed } = attempt;
  return {
    index: destination,
    blobs: ["attempt", destination, outcomes.join(), format],
    doubles: [durationMs, status ?? 0, attempt.attempt, deliveries, succeeded, rejected, failed],
  };
}

/** What a batch is about is too much for a line. */
function onlyOne(eventIds: readonly string[]): string | null {
  return eventIds.length === 1 ? (eventIds[0] ?? null) : null;
}
