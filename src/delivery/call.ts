// One call of a CRM, from its deliveries to an outcome for each.
import type { Adapter, Item, Outcome } from "../destinations/adapter.ts";
import { attempt } from "../destinations/attempt.ts";
import type { Destination } from "../destinations/destination.ts";
import { batchIdOf, maskAnswer } from "./calls.ts";

/** What a call needs from outside. */
export interface CallContext {
  readonly fetcher: typeof fetch;
  readonly now: () => number;
}

/** One delivery of a call, and how it went. */
export interface Ended<T extends Item> {
  readonly item: T;
  readonly outcome: Outcome;
}

/** A call that has ended. */
export interface Called<T extends Item> {
  readonly ended: readonly Ended<T>[];
  /** `null` when there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
}

/** Calls a CRM. Never throws for what the CRM does; nothing in an outcome holds the destination's secrets. */
export async function callCrm<T extends Item>(
  items: readonly T[],
  destination: Destination,
  adapter: Adapter,
  { fetcher, now }: CallContext,
): Promise<Called<T>> {
  const deliveries = items.map(({ delivery }) => delivery);
  const startedAt = now();
  const batchId = await batchIdOf(deliveries);
  const spec = adapter.request(items, destination, { now: startedAt, batchId });
  const answer = await attempt(spec, destination.timeoutMs, fetcher);
  // A URL is a credential at many a CRM, whether it was written out or names a secret.
  const hidden = [...destination.secrets, destination.url, spec.url];
  const response = maskAnswer(answer, hidden);
  const endedAt = now();
  const outcomes = adapter.outcomes(response, deliveries, { now: endedAt });
  return {
    ended: items.map((item, index) => ({ item, outcome: conclude(outcomes[index], items.length) })),
    status: response.kind === "response" ? response.status : null,
    durationMs: endedAt - startedAt,
  };
}

/** An adapter that forgot a delivery: a bug, which must not lose the profile. */
const NO_OUTCOME: Outcome = {
  kind: "retry",
  status: null,
  error: "the adapter gave no outcome",
  afterMs: null,
};

/** A delivery that was alone in its call is refused where a batch would be split. */
function conclude(outcome: Outcome = NO_OUTCOME, count: number): Outcome {
  return outcome.kind === "split" && count === 1 ? { ...outcome, kind: "rejected" } : outcome;
}
