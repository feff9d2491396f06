// What an operator is alerted to: transitions, and each of them once. Pure.
import * as v from "valibot";
import type { Alert } from "../alerts/alert.ts";
import { type Latch, opensAt } from "./rules.ts";

const HOUR_MS = 60 * 60 * 1000;
/** A delivery that waits for longer than this makes a backlog. */
const MAX_AGE_MS = 15 * 60 * 1000;

/** What an operator was told, as stored. */
export const toldSchema = v.object({
  /** When of a dead letter; in ms of Unix time. */
  deadLetterAt: v.nullable(v.pipe(v.number(), v.integer())),
  /** Of the backlog that there is now. */
  backlog: v.boolean(),
});
export type Told = v.InferOutput<typeof toldSchema>;

/** Told of nothing. */
export const UNTOLD: Told = { deadLetterAt: null, backlog: false };

/** The alert of a breaker that opened or closed by what calls reported; `null` when it did neither. */
export function transitionAlert(
  before: Latch,
  after: Latch,
  alert: Pick<Alert, "destination" | "at">,
): Alert | null {
  const [was, is] = [before.breaker.closure, after.breaker.closure];
  if (is !== null && is.kind !== was?.kind) {
    const kind = is.kind === "held" ? "held" : "breaker_opened";
    return { ...alert, kind, reason: is.reason, nextAttemptAt: opensAt(after) };
  }
  return was !== null && is === null ? { ...alert, kind: "recovered", since: was.since } : null;
}

/** A dead letter is told of unless another was within the hour; then it is the same object again. */
export function tellDeadLetter(told: Told, now: number): Told {
  const { deadLetterAt } = told;
  return deadLetterAt !== null && now - deadLetterAt < HOUR_MS
    ? told
    : { ...told, deadLetterAt: now };
}

/** A backlog is told of once, until there was none; `oldestSince` is when its oldest delivery became due. */
export function tellBacklog(told: Told, oldestSince: number | null, now: number): Told {
  const backlog = oldestSince !== null && now - oldestSince > MAX_AGE_MS;
  return backlog === told.backlog ? told : { ...told, backlog };
}
