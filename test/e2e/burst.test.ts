// Many updates of one customer at once, in any order: everybody ends at the newest, after few calls.
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { answer, late } from "../support/replies.ts";
import { shuffled } from "../support/shuffle.ts";

const UPDATES = 50;
const MIN_INTERVAL_MS = 1_000; // the default
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

it("calls a CRM once per min_interval_ms for 50 updates of one customer in their own order", async () => {
  const startedAt = Date.now();
  for (let step = 0; step < UPDATES; step += 1) await relay.accept(update("rising", step));
  for (const [id, crm] of Object.entries(crms)) {
    await relay.isSynced("rising", id, UPDATES);
    const requests = crm.requestsOf("rising");
    const elapsedMs = (requests.at(-1)?.at ?? 0) - startedAt;
    // The first goes at once, then one for each second that has begun.
    expect(requests.length).toBeLessThanOrEqual(1 + Math.ceil(elapsedMs / MIN_INTERVAL_MS));
    expect(requests.length).toBeGreaterThan(1);
    const sequences = crm.sequencesOf("rising");
    expect(sequences).toEqual([...new Set(sequences)].toSorted((left, right) => left - right));
    expect(sequences.at(-1)).toBe(UPDATES);
  }
});
