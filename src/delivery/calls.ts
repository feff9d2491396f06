// How deliveries are put into calls, and how an answer is made fit to be kept. Pure, but for a digest.
import { sha256Hex, utf8 } from "../bytes.ts";
import { type Delivery, eventIdOf, type ResponseSummary } from "../destinations/adapter.ts";

const BATCH_ID_DIGITS = 32;

/** An id for a call with several events: the same for every attempt at the same events. */
export async function batchIdOf(deliveries: readonly Delivery[]): Promise<string> {
  const digest = await sha256Hex(deliveries.map(eventIdOf).join());
  return `batch_${digest.slice(0, BATCH_ID_DIGITS)}`;
}

/** Puts items into calls, in their order, within both caps; an item above `maxBytes` goes alone. */
export function chunk<T extends { readonly json: string }>(
  items: readonly T[],
  maxItems: number,
  maxBytes: number,
): T[][] {
  const calls: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = utf8(item.json).byteLength + 1;
    const current = calls.at(-1);
    if (current === undefined || current.length >= maxItems || bytes + size > maxBytes) {
      calls.push([item]);
      bytes = size;
    } else {
      current.push(item);
      bytes += size;
    }
  }
  return calls;
}

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
    : { ...answer, reason: mask(answer.reason, secrets) };
}
