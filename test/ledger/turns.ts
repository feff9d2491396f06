// What must hold of a turn from before to after: how it was settled, and from what it was claimed.
import { strict as assert } from "node:assert";
import { backoffMs } from "../../src/ledger/backoff.ts";
import type { Settlement, Turn } from "../../src/ledger/turn.ts";

/** The draw of every backoff in the small world. */
export const RANDOM = 0.5;

/** A turn that was settled under a good lease. `isNewest`: nothing newer came meanwhile. */
export function checkSettled(
  before: Turn,
  after: Turn,
  settlement: Settlement,
  { now, isNewest, isPending }: { now: number; isNewest: boolean; isPending: boolean },
): void {
  assert.equal(after.lease, null, "a settled lease goes on");
  switch (settlement.kind) {
    case "delivered":
    case "accepted":
      assert.equal(after.failures, 0, "a success left failures");
      assert.equal(after.failingSince, null, "a success left a time of failure");
      assert.equal(after.held, null, "a success left a hold");
      return;
    case "retry": {
      assert.equal(after.failures, before.failures + 1, "a failure was not counted");
      assert.equal(after.failingSince, before.failingSince ?? now, "failing since another time");
      const waitMs = isNewest ? backoffMs(after.failures, RANDOM) : 0;
      assert(after.notBefore >= now + waitMs, "a failure did not wait its backoff");
      return;
    }
    case "held":
      assert.equal(after.failures, before.failures, "what was held cost an attempt");
      if (isPending) assert.equal(after.held, settlement.reason, "what was held is not");
      return;
    case "untried":
      assert.equal(after.failures, before.failures, "what was not tried cost an attempt");
      assert.equal(after.held, null, "what was not tried is held");
      return;
    case "rejected":
  }
}

/**
 * A turn that a consumer claimed, as it was before. A lease that was lost counts as a failed attempt,
 * unless an erasure had made it void.
 */
export function checkClaimed(
  before: Turn & { readonly acknowledged: number; readonly again?: boolean },
  { attempt, isEvent }: { readonly attempt: number; readonly isEvent: boolean },
  now: number,
): void {
  const { lease, acknowledged, again = false } = before;
  const isLost = lease !== null && (isEvent || again || acknowledged < lease.sequence);
  assert.equal(attempt, before.failures + (isLost ? 1 : 0) + 1, "another attempt");
  assert(before.lease === null || before.lease.until <= now, "a live lease was taken over");
  assert.equal(before.held, null, "what waits for its gate was claimed");
  assert(before.notBefore <= now, "what was to wait was claimed");
}
