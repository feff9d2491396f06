// What a route asks of Durable Objects, which may be out of reach for a moment.
import { Problem } from "./problem.ts";

/**
 * Waits for an answer of the ledger or of a gate. That there is none is no bug: it passes, so 503. Why it
 * is so is logged with the request's id.
 */
export async function reach<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((cause: unknown) => {
    throw new Problem("ledger-unavailable", "send the request again later", { cause });
  });
}
