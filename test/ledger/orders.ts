// What must hold of a customer's turns from before to after an operator's order.
import { strict as assert } from "node:assert";
import type { CustomerState, DestinationState } from "../../src/ledger/profiles/state.ts";

/** A dead letter that was replayed has as much time as at first; whoever was not dead is left alone. */
export function checkReplayed(
  before: DestinationState | undefined,
  after: DestinationState | undefined,
  now: number,
): void {
  if (before === undefined || before.dead === null) {
    assert.deepEqual(after, before, "one who was not dead was replayed");
    return;
  }
  assert(after !== undefined, "a dead letter was forgotten by its replay");
  assert.equal(after.dead, null, "a dead letter was not replayed");
  assert.equal(after.failingSince, null, "a replayed dead letter has less time than at first");
  assert.equal(after.behindSince, now, "a replayed dead letter is behind since before");
  assert(after.notBefore <= soonest(before, now), "a replay has to wait");
}

/** The destinations of some keys are to be sent the newest once more; the others are left alone. */
export function checkResynced(
  before: CustomerState | null,
  after: CustomerState | null,
  keys: ReadonlySet<string>,
  now: number,
): void {
  for (const [key, turn] of Object.entries(before?.destinations ?? {})) {
    if (!keys.has(key)) assert.deepEqual(after?.destinations[key], turn, "another was resynced");
  }
  for (const key of keys) {
    const turn: DestinationState | undefined = after?.destinations[key];
    assert(turn?.again === true && turn.dead === null, "one was not resynced");
    const known: DestinationState | undefined = before?.destinations[key];
    assert(turn.notBefore <= soonest(known, now), "a resync has to wait");
    assert.deepEqual(turn.lease, known?.lease ?? null, "a resync ended a lease");
  }
}

/** Nobody is claimed twice within the longest interval that there is in the small world. */
function soonest(known: DestinationState | undefined, now: number): number {
  return Math.max(now, (known?.claimedAt ?? 0) + 1_000);
}
