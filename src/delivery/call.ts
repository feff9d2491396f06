// One call of a CRM, from its deliveries to an outcome for each.
import type {
  Adapter,
  Item,
  Outcome,
  RequestSpec,
  ResponseSummary,
} from "../destinations/adapter.ts";
import { attempt } from "../destinations/attempt.ts";
import type { Destination } from "../destinations/destination.ts";
import { mask, maskAnswer } from "../destinations/mask.ts";
import { type Access, noAccess, type NoAccess } from "../destinations/oauth.ts";
import { batchIdOf } from "./calls.ts";

/** What a call needs from outside. */
export interface CallContext {
  readonly fetcher: typeof fetch;
  readonly now: () => number;
  /** An access token; not the one that the CRM `rejected`, if it did. */
  readonly accessToken: (rejected: string | null) => Promise<Access>;
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
  context: CallContext,
): Promise<Called<T>> {
  const { now } = context;
  const startedAt = now();
  const batchId = await batchIdOf(items);
  const spec = adapter.request(items, { now: startedAt, batchId });
  const exchanged = await exchange(spec, destination, adapter.maxResponseBytes, context);
  const endedAt = now();
  const outcomes =
    exchanged.kind === "response" || exchanged.kind === "no_response"
      ? adapter.outcomes(exchanged, items, { now: endedAt })
      : items.map(() => exchanged);
  return {
    ended: items.map((item, index) => ({ item, outcome: conclude(outcomes[index], items.length) })),
    status: exchanged.kind === "response" ? exchanged.status : null,
    durationMs: endedAt - startedAt,
  };
}

/**
 * Sends a request with the destination's credentials. A token that the CRM rejects is replaced, once.
 * What comes back is masked; without a token, it is what that means. All of it ends within the timeout,
 * since a lease depends on it.
 */
export async function exchange(
  spec: RequestSpec,
  destination: Destination,
  maxBytes: number,
  context: CallContext,
): Promise<ResponseSummary | NoAccess> {
  const { oauth, secrets, url } = destination;
  const endBy = context.now() + destination.timeoutMs;
  const remainingMs = (): number => Math.max(0, endBy - context.now());
  // A URL is a credential at many a CRM, whether it was written out or names a secret.
  const hidden = [...secrets, url, spec.url];
  const send = async (sent: RequestSpec): Promise<ResponseSummary> =>
    attempt(sent, { timeoutMs: remainingMs(), maxBytes, fetcher: context.fetcher });
  if (oauth === null) return maskAnswer(await send(spec), hidden);

  let rejected: string | null = null;
  for (;;) {
    const access = await askToken(rejected, context, remainingMs());
    if (access.kind !== "token") return maskAccess(access, hidden);
    hidden.push(access.token);
    const authorization = `${oauth.scheme} ${access.token}`;
    const answer = await send({ ...spec, headers: { ...spec.headers, authorization } });
    const isRejected = answer.kind === "response" && answer.status === 401;
    if (!isRejected || rejected !== null) return maskAnswer(answer, hidden);
    rejected = access.token;
  }
}

/** A token, or none where it does not come in time. */
async function askToken(
  rejected: string | null,
  { accessToken }: CallContext,
  timeoutMs: number,
): Promise<Access> {
  const { promise: late, resolve } = Promise.withResolvers<Access>();
  const timer = setTimeout(() => resolve(noAccess(`none within ${timeoutMs} ms`)), timeoutMs);
  const asked = accessToken(rejected).catch(() => noAccess("its gate is out of reach"));
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

function maskAccess(access: NoAccess, hidden: readonly string[]): NoAccess {
  return access.kind === "held"
    ? { ...access, reason: mask(access.reason, hidden) }
    : { ...access, error: mask(access.error, hidden) };
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
