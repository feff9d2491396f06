// A webhook as it is told: one line and one data point for each, whatever becomes of it. Pure but for the
// telling.
import type { Topic } from "../topics.ts";
import { type Account, tell, type Telemetry } from "./telemetry.ts";

/** What is known of a webhook once it was read: nothing in it names a person. */
export interface WebhookSubject {
  readonly outcome: "accepted" | "duplicate" | "stale" | "ignored" | null;
  /** `null` where nobody wants to hear of it: then it may be any text. */
  readonly topic: Topic | null;
  /** The short digest of the customer's id. */
  readonly customer: string | null;
  readonly eventId: string | null;
  readonly sequence: number | null;
}

/** Of a webhook that was refused before it could be read nothing is known. */
export const UNKNOWN: WebhookSubject = {
  outcome: null,
  topic: null,
  customer: null,
  eventId: null,
  sequence: null,
};

/** How a webhook was answered. */
export interface WebhookFact {
  /** Random: the relay's own, whatever its sender says. */
  readonly requestId: string;
  readonly subject: WebhookSubject;
  /** The kind of problem that it was refused with. */
  readonly problem: string | null;
  readonly status: number;
  readonly durationMs: number;
}

/** Tells of a webhook. */
export function tellWebhook(fact: WebhookFact, telemetry: Telemetry): void {
  tell(accountOfWebhook(fact), telemetry);
}

/**
 * The data point: blob1 `webhook`, blob2 topic, blob3 outcome, or the kind of problem; double1 duration (ms),
 * double2 status.
 */
export function accountOfWebhook(fact: WebhookFact): Account {
  const { requestId, subject, problem, status, durationMs } = fact;
  const { outcome, topic, customer, eventId, sequence } = subject;
  const isRejected = problem !== null;
  const word = problem ?? outcome;
  return {
    line: {
      event: isRejected ? "webhook.rejected" : "webhook.received",
      request_id: requestId,
      ...(isRejected ? { reason: problem } : { outcome }),
      status,
      topic,
      customer,
      event_id: eventId,
      sequence,
      duration_ms: durationMs,
    },
    point: {
      index: "webhook",
      blobs: ["webhook", topic ?? "", word ?? ""],
      doubles: [durationMs, status],
    },
    chosenBy: isRejected && !isStranger(problem) ? null : [eventId ?? requestId],
  };
}

/** What anybody can send costs no more in lines than in requests. */
function isStranger(problem: string): boolean {
  return problem === "invalid-signature" || problem === "method-not-allowed";
}
