// The relay is killed in the middle of 2,000 updates and started again on the state that it left: what
// it had answered 2xx is there, is delivered without anybody asking again, and nobody goes back.
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually, inParallel } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer, late } from "../support/replies.ts";
import { shuffled } from "../support/shuffle.ts";

const CUSTOMERS = Array.from({ length: 300 }, (_, n) => `customer-${n}`);
const UPDATES = 2_000;
/** Webhooks that Gameball has under way at a time. */
const SENDERS = 24;
const KILL_AFTER = 900;
/** Leases of deliveries under way at the crash last a minute. */
const PATIENCE_MS = 110_000;

interface Sent {
  readonly customer: string;
  readonly step: number;
}

const crms = {
  single: await FakeCrm.open(),
  many: await FakeCrm.open(),
  slow: await FakeCrm.open(),
};
let relay: Relay;

beforeAll(async () => {
  crms.slow.replyToAll(late(100, answer(200)));
  const settings: Partial<Record<string, object>> = {
    many: { batch: 100 },
    slow: { batch: 10 },
  };
  relay = await Relay.start({
    DESTINATIONS: Object.entries(crms).map(([id, { url }]) => ({ id, url, ...settings[id] })),
  });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all(Object.values(crms).map(async (crm) => crm.close()));
});

it(
  "keeps all that it answered 2xx, and brings everybody to the newest, when it is killed in the middle",
  { timeout: 300_000 },
  async () => {
    const updates = shuffled(
      Array.from({ length: UPDATES }, (_, n): Sent => {
        const customer = CUSTOMERS[n % CUSTOMERS.length] ?? "";
        return { customer, step: Math.floor(n / CUSTOMERS.length) };
      }),
    );
    const unanswered = new Set(updates);
    const crash: Promise<void>[] = [];
    await inParallel(updates, SENDERS, async (sent) => {
      if (crash.length > 0) return;
      const status = await relay.send(update(sent.customer, sent.step)).then(
        (reply) => reply.status,
        () => null,
      );
      if (status === 200 || status === 202) unanswered.delete(sent);
      const isTime = crash.length === 0 && UPDATES - unanswered.size >= KILL_AFTER;
      if (isTime) crash.push(relay.kill());
    });
    await Promise.all(crash);
    const answered = updates.filter((sent) => !unanswered.has(sent));
    expect(answered.length).toBeGreaterThanOrEqual(KILL_AFTER);
    expect(answered.length).toBeLessThan(UPDATES - 2 * SENDERS);
    const promised = newestSteps(answered);

    await relay.resume();
    // Nothing is lost; what was recorded and never answered may be there as well.
    const recorded = new Map<string, number>();
    await inParallel(CUSTOMERS, SENDERS, async (customer) => {
      const step = (await relay.profile(customer, "strong"))?.points.total ?? -1;
      if (step >= 0) recorded.set(customer, step);
    });
    const lost = [...promised].filter(([customer, step]) => (recorded.get(customer) ?? -1) < step);
    expect(lost).toEqual([]);
    // No webhook comes and the queue lost its messages: the ledger must resume by itself.
    await everybodyHas(recorded);

    // Gameball sends again what it saw fail.
    await inParallel([...unanswered], SENDERS, async ({ customer, step }) => {
      expect([200, 202]).toContain((await relay.send(update(customer, step))).status);
    });
    const newest = newestSteps(updates);
    expect(newest.size).toBe(CUSTOMERS.length);
    await everybodyHas(newest);
    await inParallel(CUSTOMERS, SENDERS, async (customer) => {
      const strong = await relay.profile(customer, "strong");
      expect(strong?.points.total).toBe(newest.get(customer));
    });

    const wentBack = Object.entries(crms).flatMap(([id, crm]) =>
      CUSTOMERS.filter((customer) => wentDown(crm.sequencesOf(customer))).map((customer) => [
        id,
        customer,
      ]),
    );
    expect(wentBack).toEqual([]);
  },
);

function newestSteps(updates: readonly Sent[]): ReadonlyMap<string, number> {
  const newest = new Map<string, number>();
  for (const { customer, step } of updates) {
    newest.set(customer, Math.max(step, newest.get(customer) ?? -1));
  }
  return newest;
}

/** Whether a lower number comes after a higher one; the same twice is a repeated attempt. */
function wentDown(sequences: readonly number[]): boolean {
  return sequences.some((sequence, index) => sequence < (sequences[index - 1] ?? 0));
}

/** Waits until every CRM and the lookup store hold these updates. */
async function everybodyHas(steps: ReadonlyMap<string, number>): Promise<void> {
  const expected = Object.fromEntries(steps);
  await eventually(() => {
    for (const crm of Object.values(crms)) expect(stepsAt(crm)).toEqual(expected);
  }, PATIENCE_MS);
  await inParallel([...steps], SENDERS, async ([customer, step]) => {
    await eventually(async () => {
      const profile = await relay.profile(customer);
      expect(profile?.points.total).toBe(step);
    }, PATIENCE_MS);
  });
}

/** What a CRM holds now: the update that came last, by customer. */
function stepsAt(crm: FakeCrm): Readonly<Record<string, unknown>> {
  const events = crm.requests.flatMap((request) => request.events);
  return Object.fromEntries(
    events.map(({ data }) => [data.customer_id, data.points.total] as const),
  );
}
