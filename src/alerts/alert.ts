// What befalls a destination that an operator should hear of, and how it is said.
import { toTime } from "../time.ts";

/** A change for the worse or the better, told once. Times are in ms of Unix time. */
export type Alert = { readonly destination: string; readonly at: number } & (
  | {
      readonly kind: "breaker_opened" | "held";
      readonly reason: string;
      readonly nextAttemptAt: number;
    }
  | { readonly kind: "recovered"; readonly since: number }
  | { readonly kind: "dead_letter"; readonly reason: string }
  | { readonly kind: "backlog"; readonly oldestSince: number; readonly customers: number }
);

/** Who is told. */
export interface AlertTarget {
  readonly url: string;
  /** Standard Webhooks, `whsec_…`. */
  readonly signingSecret: string | null;
}

/** An alert in words: its parts for a machine, times in RFC 3339, and one sentence for a human. */
export interface AlertWords {
  readonly fields: Readonly<Record<string, string | number>>;
  readonly text: string;
}

/** Puts an alert into words, none of which is about one customer. */
export function wordsOf(alert: Alert): AlertWords {
  const { destination } = alert;
  switch (alert.kind) {
    case "breaker_opened":
    case "held": {
      const trouble = alert.kind === "held" ? "turns everything away" : "keeps failing";
      const fields = {
        reason: withoutAnswer(alert.reason),
        next_attempt_at: toTime(alert.nextAttemptAt),
      };
      const text = `${destination} ${trouble} (${fields.reason}); next attempt at ${fields.next_attempt_at}.`;
      return { fields, text };
    }
    case "recovered": {
      const since = toTime(alert.since);
      return { fields: { since }, text: `${destination} is back, after trouble since ${since}.` };
    }
    case "dead_letter": {
      const reason = withoutAnswer(alert.reason);
      const text = `${destination} has its first dead letter for an hour (${reason}).`;
      return { fields: { reason }, text };
    }
    case "backlog": {
      const { customers } = alert;
      const since = toTime(alert.oldestSince);
      const text = `${destination} is behind since ${since} (customers: ${customers}).`;
      return { fields: { oldest_since: since, customers }, text };
    }
  }
}

/** A reason up to the status in it: what the CRM said after it may name a customer. */
function withoutAnswer(reason: string): string {
  return reason.replace(/(\bHTTP \d{3}):.*$/s, "$1");
}
