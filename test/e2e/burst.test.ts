// Many updates of one customer at once, in any order: everybody ends at the newest, after few calls.
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer, late } from "../support/replies.ts";
import { shuffled } from "../support/shuffle.ts";

const UPDATES = 50;
/** With the default `min_interval_ms` of a second, for a burst of a few. */
const MAX_CALLS = 6;

const crms = {
  quick: await FakeCrm.open(),
  slow: await FakeCrm.open(),
  many: await FakeCrm.open(),
};
let relay: Relay;

beforeAll(async () => {
  crms.slow.replyToAll(late(300, answer(200)));
  const settings: Partial<Record<string, object>> = { many: { batch: 100 } };
  relay = await Relay.start({
    DESTINATIONS: Object.entries(crms).map(([id, { url }]) => ({ id, url, ...settings[id] })),
  });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all(Object.values(crms).map(async (crm) => crm.close()));
});

it("brings 50 concurrent, shuffled updates of one customer to the newest everywhere, in few calls", async () => {
  const steps = shuffled(Array.from({ length: UPDATES }, (_, n) => n));
  const answers = await Promise.all(steps.map(async (step) => relay.send(update("burst", step))));
  expect(new Set(answers.map(({ status }) => status))).toSatisfy((statuses: Set<number>) =>
    statuses.isSubsetOf(new Set([200, 202])),
  );
  const newest = { points: { total: UPDATES - 1 }, occurred_at: "2026-01-01T00:00:49.000Z" };
  const strong = await relay.profile("burst", "strong");
  expect(strong).toMatchObject(newest);

  const sequence = strong?.sequence ?? 0;
  for (const id of ["PROFILES", ...Object.keys(crms)]) {
    await relay.isSynced("burst", id, sequence);
  }
  await eventually(async () => {
    expect(await relay.profile("burst")).toEqual(strong);
  });
  for (const crm of Object.values(crms)) {
    const sequences = crm.sequencesOf("burst");
    expect(sequences).toEqual([...new Set(sequences)].toSorted((left, right) => left - right));
    expect(sequences.at(-1)).toBe(sequence);
    expect(sequences.length).toBeLessThanOrEqual(MAX_CALLS);
    expect(crm.eventsOf("burst").at(-1)?.data).toMatchObject(newest);
  }
});
