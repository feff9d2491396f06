// Tells the operator. Best effort: an alert that is lost harms nothing, so nothing waits for one long.
import { attempt } from "../destinations/attempt.ts";
import { log } from "../log.ts";
import type { Alert, AlertTarget } from "./alert.ts";
import { alertRequest } from "./request.ts";

const TIMEOUT_MS = 5_000;
/** Nobody reads what is answered. */
const MAX_ANSWER_BYTES = 1024;

/**
 * Sends an alert, once, at the time `now` (ms of Unix time). Never rejects; whether it arrived is only
 * in the log, without the URL, which may itself be a secret.
 */
export async function sendAlert(
  alert: Alert,
  target: AlertTarget,
  context: { readonly fetcher: typeof fetch; readonly now: number },
): Promise<void> {
  const { destination, kind } = alert;
  const { fetcher, now } = context;
  const request = alertRequest(alert, target, now);
  const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES, fetcher };
  const answer = await attempt(request, limits);
  const status = answer.kind === "response" ? answer.status : null;
  const isSent = status !== null && status >= 200 && status < 300;
  log({ event: isSent ? "alert.sent" : "alert.failed", destination, kind, status });
}
