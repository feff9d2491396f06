// What an operator is alerted to: transitions, and each of them once. Pure.
import * as v from "valibot";
import type { Alert } from "../alerts/alert.ts";
import { storedTimeSchema } from "../time.ts";
import type { CallReport } from "./call.ts";
import { type Latch, opensAt } from "./rules.ts";

const HOUR_MS = 60 * 60 * 1000;
/** A delivery that waits for longer than this makes a backlog. */
const MAX_AGE_MS = 15 * 60 * 1000;

const time = v.nullable(storedTimeSchema);

/** What an operator was told, as stored. Times are in ms of Unix time. */
export const toldSchema = v.object({
  /** Since when the destination is in trouble, if that was told and not yet that it is well again. */
  troubleSince: time,
  /** When of a dead letter. */
  deadLetterAt: time,
  /** Of the backlog that there is now. */
  backlog: v.boolean(),
});
export type Told = v.InferOutput<typeof toldSchema>;

/** Told of nothing. */
export const UNTOLD: Told = { troubleSince: null, deadLetterAt: null, backlog: false };

/**
 * What calls make of a gate: its breaker opened, or is a hold now, or the destination answers again after
 * such trouble, be it that a probe got through or that an operator resumed it.
 */
export function tellTransition(
  told: Told,
  before: Latch,
  after: Latch,
  about: { readonly calls: readonly CallReport[] } & Pick<Alert, "destination" | "at">,
): { readonly told: Told; readonly alert: Alert | null } {
  const { calls, ...alert } = about;
  const [was, is] = [before.breaker.closure, after.breaker.closure];
  if (is !== null && is.kind !== was?.kind) {
    const { reason, since: troubleSince } = is;
    const kind = is.kind === "held" ? "held" : "breaker_opened";
    const opened = { ...alert, kind, reason, nextAttemptAt: opensAt(after) } as const;
    return { told: { ...told, troubleSince }, alert: opened };
  }
  const since = told.troubleSince;
  const isWell = is === null && calls.some(({ verdict }) => verdict === "answered");
  if (since === null || !isWell) return { told, alert: null };
  return { told: { ...told, troubleSince: null }, alert: { ...alert, kind: "recovered", since } };
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
