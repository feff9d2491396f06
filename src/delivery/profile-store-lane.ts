// The lane of the lookup store: KV is a destination like any other, but it has no batches, no rate
// of its own and no credentials.
import { eventOf } from "../destinations/adapter.ts";
import type { Settlement } from "../ledger/turn.ts";
import { storeProfile } from "../profile/store.ts";
import { tellStoring } from "../telemetry/attempt.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import type { Consignment, Lane, Settled } from "./lane.ts";

/** Writes at a time; the platform lets six connections of an invocation wait. */
const MAX_CONCURRENT = 4;

/** Stores profiles, a few at a time. What did not work is tried again later. */
export function profileStoreLane(
  profiles: KVNamespace,
  { now, telemetry }: { readonly now: () => number; readonly telemetry: Telemetry },
): Lane {
  return async (consignments) => {
    const startedAt = now();
    const settled: Settled[] = [];
    const queue = [...consignments];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const settlement = await store(profiles, next);
        settled.push({ consignment: next, settlement });
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
    const done = settled.filter(({ settlement }) => settlement.kind === "delivered");
    const erased = done.filter(({ consignment }) => consignment.delivery === null).length;
    const storing = {
      profiles: done.length - erased,
      erased,
      failed: settled.length - done.length,
      attempt: Math.max(...consignments.map(({ attempt }) => attempt)),
      durationMs: now() - startedAt,
      eventIds: consignments.flatMap(({ delivery }) =>
        delivery ? [eventOf(delivery).event_id] : [],
      ),
    };
    tellStoring(storing, telemetry);
    return settled;
  };
}

async function store(
  profiles: KVNamespace,
  { customerId, delivery }: Consignment,
): Promise<Settlement> {
  const profile = delivery?.topic === PROFILE_TOPIC ? delivery.profile : null;
  try {
    await storeProfile(profiles, customerId, profile);
    return { kind: "delivered", status: null };
  } catch {
    // The platform's message may name the key, which may be an e-mail address.
    return { kind: "retry", status: null, error: "Workers KV refused the write", afterMs: null };
  }
}
