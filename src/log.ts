// One JSON object per line, with ids, outcomes and durations; never a body, an address or a secret.
import { describeError } from "./describe-error.ts";

/** What happened, in the past tense; see the README for the fields of each. */
export type LogEvent =
  | "webhook.received"
  | "webhook.rejected"
  | "profile.stored"
  | "delivery.attempted"
  | "delivery.dead_lettered"
  | "destination.state_changed"
  | "job.asked"
  | "dashboard.signed_in"
  | "dashboard.acted"
  | "alert.sent"
  | "alert.failed"
  | "configuration.invalid"
  | "request.failed"
  | "ledger.alarm_failed"
  | "ledger.unreadable_state"
  | "consumer.failed"
  | "watch.failed"
  | "metrics.failed";

/** One log line. Customers are named by a short digest, since an id may be an e-mail address. */
export interface LogLine {
  readonly event: LogEvent;
  readonly [field: string]: string | number | boolean | null | undefined;
}

/** Writes one line to the Worker's log; of an error what can be said of it without quoting anybody. */
export function log(line: LogLine, error?: unknown): void {
  const told = error === undefined ? line : { ...line, ...describeError(error) };
  console.log(JSON.stringify(told));
}
