// The reading of an HTTP answer that all adapters share, where a CRM's own API says nothing finer.
import type { Outcome, ResponseSummary } from "./adapter.ts";
import { wishToWaitMs } from "./wish-to-wait.ts";

/** Characters of a vendor's answer that are kept for the operator. */
export const MAX_ERROR = 500;

/** What a vendor does otherwise. */
export interface Peculiarities {
  /** How long everybody is to wait after a 429 that names no time. */
  readonly busyMs?: number | null;
  /** Further statuses below 500 after which the same call may go better. */
  readonly passing?: readonly number[];
}

/**
 * The outcome of a call with `count` deliveries in it. Segment, Svix and RudderStack agree on the
 * parts: no answer, 408, 425, 429, 5xx and redirects are tried again; 401 and 403 (credentials) and 404 and
 * 410 (moved or gone) hold the whole destination; any other 4xx blames the delivery, and a batch of
 * several is split until it is clear which.
 */
export function classify(
  response: ResponseSummary,
  count: number,
  now: number,
  { busyMs = null, passing = [] }: Peculiarities = {},
): Outcome {
  if (response.kind === "no_response") {
    return { kind: "retry", status: null, error: response.reason, afterMs: null };
  }
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "delivered", status };
  const error = describeAnswer(response.status, response.text);
  switch (status) {
    case 401:
    case 403:
      return { kind: "held", status, reason: `the credentials were refused: ${error}` };
    case 404:
    case 410:
      return { kind: "held", status, reason: `the endpoint is gone: ${error}` };
    case 408:
    case 425:
    case 429:
      break;
    default:
      if (status >= 400 && status < 500 && !passing.includes(status)) {
        return count > 1 ? { kind: "split", status, error } : { kind: "rejected", status, error };
      }
  }
  const afterMs = wishToWaitMs(response.headers, now) ?? (status === 429 ? busyMs : null);
  return { kind: "retry", status, error, afterMs };
}

/** A status and the beginning of what the CRM said. */
export function describeAnswer(status: number, text: string): string {
  const words = text.trim().slice(0, MAX_ERROR);
  return words === "" ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
}
