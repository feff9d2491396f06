// What must be written down of what happened to a customer, and nothing else.
import { strict as assert } from "node:assert";
import type { CustomerState, TimelineEntry } from "../../src/ledger/profiles/state.ts";

/** Entries that are kept. */
const MAX_ENTRIES = 20;

/** An entry as it is expected, but for what the destination said. */
export type Noted = Pick<TimelineEntry, "at" | "event" | "sequence" | "destination">;

/** A step left what was written down before, and added just this. */
export function checkNoted(
  before: CustomerState | null,
  after: CustomerState | null,
  added: readonly Noted[],
): void {
  if (after === null) return;
  const expected = [...(before?.timeline ?? []), ...added].slice(-MAX_ENTRIES);
  const found = after.timeline.map(({ at, event, sequence, destination }) =>
    destination === undefined ? { at, event, sequence } : { at, event, sequence, destination },
  );
  const wanted = expected.map(({ at, event, sequence, destination }) =>
    destination === undefined ? { at, event, sequence } : { at, event, sequence, destination },
  );
  assert.deepEqual(found, wanted, "something else is written down");
}

/** What a claim is to write down of one destination: a lease that was lost, a death, a call that was spared. */
export function notedOfClaim(
  id: string,
  key: string,
  before: CustomerState,
  after: CustomerState,
  now: number,
): readonly Noted[] {
  const [known, next] = [before.destinations[key], after.destinations[key]];
  if (known === undefined || next === undefined) return [];
  const at = { at: now, destination: id, sequence: after.sequence };
  const isLost = known.lease !== null && known.lease.id !== next.lease?.id;
  const isDead = next.dead !== null && known.dead === null;
  const isSpared = next.acknowledged > known.acknowledged;
  return [
    ...(isLost ? [{ ...at, event: "lease_lost" as const }] : []),
    ...(isDead ? [{ ...at, event: "dead_lettered" as const }] : []),
    ...(isSpared ? [{ ...at, event: "unchanged" as const }] : []),
  ];
}
