// What must hold of a turn from before to after: how it was settled, and from what it was claimed.
import { strict as assert } from "node:assert";
import { backoffMs } from "../../src/ledger/backoff.ts";
import type { DestinationState } from "../../src/ledger/profiles/state.ts";
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
  if (settlement.kind !== "untried") {
    const last = { at: after.last?.at, outcome: after.last?.outcome, status: after.last?.status };
    const expected = { at: now, outcome: settlement.kind, status: settlement.status };
    assert.deepEqual(last, expected, "the last result is another");
  }
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
      const soonest = now + Math.max(waitMs, settlement.afterMs ?? 0);
      assert.equal(
        after.notBefore,
        Math.max(before.notBefore, soonest),
        "a failure waits otherwise",
      );
      return;
    }
    case "held":
      assert.equal(after.failures, before.failures, "what was held cost an attempt");
      if (isPending) assert.equal(after.held, settlement.reason, "what was held is not");
      return;
    case "untried":
      assert.equal(after.failures, before.failures, "what was not tried cost an attempt");
      assert.equal(after.held, before.held, "what was not tried is held");
      assert.equal(after.notBefore, now + settlement.forMs, "what was not tried waits otherwise");
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

/**
 * A newest profile's turn before and after a claim. Whoever is spared a call held what the relay thinks, and
 * whoever lost his lease is given up on when he failed for long enough, and only then.
 */
export function checkPassed(
  before: DestinationState,
  after: DestinationState,
  context: {
    readonly now: number;
    /** The newest, and whether it is an erasure. */
    readonly sequence: number;
    readonly isErased: boolean;
    readonly giveUpAfterMs: number;
  },
): void {
  const { now, sequence, isErased, giveUpAfterMs } = context;
  const { lease, acknowledged, again, failures, failingSince } = before;
  if (after.acknowledged > acknowledged) {
    const isKnown = failures === 0 && !again && lease === null;
    assert(isKnown, "spared a call, and nobody knows what it holds");
    assert.equal(after.behindSince, null, "spared a call, and still behind");
  }
  if (lease === null || lease.until > now || after.lease?.id === lease.id) return;
  const isNeeded = again || acknowledged < lease.sequence;
  const isMortal = isNeeded && lease.sequence === sequence && !isErased;
  const isLong = now - (failingSince ?? now) >= giveUpAfterMs;
  assert.equal(after.dead !== null, isMortal && isLong, "a lost lease was judged wrongly");
}
