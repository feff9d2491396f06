// What a route asks of Durable Objects, which may be out of reach for a moment.
import { log } from "../log.ts";
import { Problem } from "./problem.ts";

/** Waits for an answer of the ledger or of a gate. That there is none is no bug: it passes, so 503. */
export async function reach<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    log({ event: "request.failed", error: String(error) });
    throw new Problem("ledger-unavailable", "send the request again later");
  });
}
