// How an answer is made fit to be kept: without the destination's secrets. Pure.
import type { ResponseSummary } from "./adapter.ts";

/** Characters of the reason why there is no answer. */
const MAX_REASON = 500;

/** A text without the destination's secrets, should the CRM have repeated them. */
export function mask(text: string, secrets: readonly string[]): string {
  // The longest first: where one secret begins like another, nothing of it may be left.
  const longestFirst = secrets.toSorted((left, right) => right.length - left.length);
  return longestFirst.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}

/** Masked before anybody shortens it: half a secret would not be found any more. */
export function maskAnswer(answer: ResponseSummary, secrets: readonly string[]): ResponseSummary {
  return answer.kind === "response"
    ? { ...answer, text: mask(answer.text, secrets) }
    : { ...answer, reason: mask(answer.reason, secrets).slice(0, MAX_REASON) };
}
