// What must hold once it is known what became of a job: whom it refused, or that it was lost.
import { strict as assert } from "node:assert";
import type { CustomerState } from "../../src/ledger/profiles/state.ts";
import type { CustomerId } from "../../src/profile/customer-id.ts";

type States = ReadonlyMap<CustomerId, CustomerState>;

/** Of a job's customers the one that it refused is dead, unless something newer is on its way; nobody else is touched. */
export function checkRefuted(
  before: States,
  after: States,
  { customer, ...about }: { customer: CustomerId; key: string; job: string; now: number },
): void {
  const { key, job, now } = about;
  for (const [name, state] of before) {
    const known = state.destinations[key];
    const isMeant =
      name === customer && known?.job === job && state.versions[state.sequence] != null;
    if (!isMeant) {
      assert.deepEqual(after.get(name), state, "a job refused somebody else");
      continue;
    }
    const refused = after.get(name)?.destinations[key] ?? assert.fail("a refused customer is gone");
    const isPending = known.dead === null && (known.again || known.acknowledged < state.sequence);
    assert.equal(refused.job, null, "a job refused somebody twice");
    const { timeline } = after.get(name) ?? assert.fail("a refused customer is gone");
    assert.equal(timeline.at(-1)?.at, now, "a refusal is not written down");
    assert.equal(refused.again, true, "what was refused is taken for what is held");
    assert.equal(
      refused.acknowledged,
      known.acknowledged,
      "a refusal took an acknowledgement back",
    );
    if (known.dead === null && !isPending && known.lease === null) {
      assert.equal(refused.dead?.at, now, "what a job refused is no dead letter");
      assert.equal(refused.last?.error, "no good", "a refusal without its words");
    } else assert.deepEqual(refused.dead, known.dead, "a job buried something newer");
  }
}

/** All of a lost job's customers are due again; nobody else is touched. */
export function checkRedone(
  before: States,
  after: States,
  { key, job, now }: { key: string; job: string; now: number },
): void {
  for (const [name, state] of before) {
    const known = state.destinations[key];
    if (known?.job !== job || state.versions[state.sequence] == null) {
      assert.deepEqual(after.get(name), state, "somebody else's job was lost");
      continue;
    }
    const again = after.get(name)?.destinations[key] ?? assert.fail("a lost customer is gone");
    assert.equal(again.job, null, "a job was lost twice");
    const noted = after.get(name)?.timeline.at(-1);
    assert.deepEqual([noted?.at, noted?.event], [now, "failed"], "a lost job is not written down");
    assert.equal(again.again, true, "what was lost is taken for what is held");
    assert.deepEqual(again.dead, known.dead, "a lost job changed a dead letter");
    assert.deepEqual(again.lease, known.lease, "a lost job ended a lease");
    if (known.dead === null) assert(again.notBefore <= Math.max(now, known.claimedAt + 1_000));
  }
}
