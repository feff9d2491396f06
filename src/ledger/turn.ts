// One destination's turn with one customer: when it is next, who is at it, and how the last one went.
// What a delivery of state and a delivery of events have in common. Pure.
import * as v from "valibot";
import { storedTimeSchema } from "../time.ts";
import { backoffMs } from "./backoff.ts";
import { LEASE_MS } from "./policy.ts";

const integer = v.pipe(v.number(), v.integer());

/** A claim of one consumer on one delivery. Until it ends, nobody else may deliver. */
const leaseSchema = v.object({ id: v.string(), sequence: integer, until: storedTimeSchema });

const lastResultSchema = v.object({
  at: storedTimeSchema,
  outcome: v.string(),
  status: v.nullable(integer),
  error: v.nullable(v.string()),
});

/** The entries of a turn, for the schemas of which it is a part. Times are in ms of Unix time. */
export const turnEntries = {
  /** Not to be claimed before this time. */
  notBefore: storedTimeSchema,
  lease: v.nullable(leaseSchema),
  /** Attempts that failed since the last success. */
  failures: integer,
  failingSince: v.nullable(storedTimeSchema),
  /** Why it waits for its destination's gate; while it does, it is not due. */
  held: v.nullable(v.string()),
  last: v.nullable(lastResultSchema),
};
const turnSchema = v.object(turnEntries);
export type Turn = v.InferOutput<typeof turnSchema>;

/** How one claimed delivery ended. Waits are durations, since the consumer's clock is another. */
export type Settlement =
  | { readonly kind: "delivered"; readonly status: number | null }
  /** `job`: under which the destination may be asked later what became of it. */
  | { readonly kind: "accepted"; readonly status: number | null; readonly job: string | null }
  | {
      readonly kind: "retry";
      readonly status: number | null;
      readonly error: string;
      readonly afterMs: number | null;
    }
  | {
      readonly kind: "held";
      readonly status: number | null;
      readonly reason: string;
      readonly forMs: number;
    }
  | { readonly kind: "rejected"; readonly status: number | null; readonly error: string }
  /** No attempt was begun; not again before so long. */
  | { readonly kind: "untried"; readonly forMs: number };

/** A turn that was never taken: due now, or as soon as the gate opens. */
export function firstTurn(now: number, closed: string | null): Turn {
  return { notBefore: now, lease: null, failures: 0, failingSince: null, held: closed, last: null };
}

/** When something is to be done about a turn; `null` while it waits for the gate or has nothing to do. */
export function turnDueAt(turn: Turn, hasWork: boolean): number | null {
  if (turn.lease !== null) return turn.lease.until;
  return hasWork && turn.held === null ? turn.notBefore : null;
}

/** Whether a consumer may take a turn now. */
export function isFree(turn: Turn, now: number): boolean {
  return turn.lease === null && turn.held === null && turn.notBefore <= now;
}

/** A turn in a consumer's hands. */
export function lease<T extends Turn>(turn: T, id: string, sequence: number, now: number): T {
  return { ...turn, lease: { id, sequence, until: now + LEASE_MS } };
}

/** A turn after a success. */
export function succeed<T extends Turn>(turn: T): T {
  return { ...turn, failures: 0, failingSince: null, held: null };
}

/** Ends a lease whose consumer never came back. That counts as a failed attempt, or it might go on for ever. */
export function loseLease<T extends Turn>(turn: T, now: number): T {
  const error = "the consumer ended before it could say how the attempt went";
  return fail({ ...turn, lease: null }, { at: now, outcome: "lease_lost", status: null, error });
}

/** A turn after its settlement. After a failure it waits its backoff, unless something newer came meanwhile. */
export function conclude<T extends Turn>(
  turn: T,
  settlement: Settlement,
  context: { readonly now: number; readonly random: number; readonly isNewest: boolean },
): T {
  const { now, random, isNewest } = context;
  const ended: T = { ...turn, lease: null };
  switch (settlement.kind) {
    case "delivered":
    case "accepted": {
      const { kind: outcome, status } = settlement;
      return succeed({ ...ended, last: { at: now, outcome, status, error: null } });
    }
    case "retry": {
      const { status, error, afterMs } = settlement;
      const failed = fail(ended, { at: now, outcome: "retry", status, error });
      // A newer profile that came meanwhile waits only if the CRM asked for it.
      const ownWaitMs = isNewest ? backoffMs(failed.failures, random) : 0;
      const waitMs = Math.max(ownWaitMs, afterMs ?? 0);
      return { ...failed, notBefore: Math.max(ended.notBefore, now + waitMs) };
    }
    case "held": {
      const { status, reason } = settlement;
      const last = { at: now, outcome: "held", status, error: reason };
      return { ...ended, held: reason, last };
    }
    case "rejected": {
      const { status, error } = settlement;
      return { ...ended, last: { at: now, outcome: "rejected", status, error } };
    }
    case "untried":
      return { ...ended, notBefore: now + settlement.forMs };
  }
}

function fail<T extends Turn>(turn: T, last: NonNullable<Turn["last"]>): T {
  const failingSince = turn.failingSince ?? last.at;
  return { ...turn, failures: turn.failures + 1, failingSince, last };
}
