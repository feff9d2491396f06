// What every adapter of a CRM's own API must do, whichever vendor it speaks to. The vendors are fakes that
// refuse what the real ones would refuse.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunk } from "../../../src/delivery/calls.ts";
import type { Outcome } from "../../../src/destinations/adapter.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { answerOf, itemsOf } from "../../support/adapters.ts";
import { profileChanges } from "../../support/arbitraries.ts";
import { callVendor, NOW } from "../../support/crms/calls.ts";
import type { FakeVendor } from "../../support/crms/vendor.ts";
import { adapterTo, destinationTo, VENDORS } from "../../support/crms/vendors.ts";
import { customerIdOf, sampleDelivery } from "../../support/samples.ts";

/** Any answer at all: a status, and a body that may look like one of theirs. */
const words = fc.constantFrom("data", "results", "errors", "status", "success", "message", "code");
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(words, fc.jsonValue({ maxDepth: 3 })),
  fc.array(fc.dictionary(words, fc.jsonValue({ maxDepth: 2 }))),
);
const answers = fc.record({
  status: fc.oneof(fc.integer({ min: 200, max: 599 }), fc.constantFrom(200, 201, 202, 207, 400)),
  body: fc.oneof(json, fc.string()),
});

const good: ReadonlySet<Outcome["kind"]> = new Set(["delivered", "accepted"]);

function deliver(changes: Partial<Profile>, index: number, eventId: string = `evt_${index}`) {
  return sampleDelivery({
    ...changes,
    customer_id: customerIdOf(`customer-${index}`),
    email: `Customer.${index}@example.com`,
    event_id: eventId,
  });
}

const deliveries = (count: number) =>
  Array.from({ length: count }, (_, index) => deliver({}, index));

/** A vendor that knows all customers whom these deliveries are about. */
function met(vendor: FakeVendor, given: ReturnType<typeof deliveries>): FakeVendor {
  for (const { profile } of given) vendor.meet(profile);
  return vendor;
}

describe.each(Object.entries(VENDORS))("the format %s", (_name, create) => {
  it("writes every value as the vendor wants it, and unsets what is not known", () => {
    fc.assert(
      fc.property(profileChanges, (changes) => {
        // What was there before must not stay where nothing is known now.
        const before = deliveries(changes.length);
        const vendor = met(create(), before);
        const adapter = adapterTo(vendor);
        const after = changes.map((change, index) => deliver(change, index, `evt_new_${index}`));
        for (const given of [before, after]) {
          for (const items of chunk(itemsOf(adapter, given), adapter)) {
            const { outcomes } = callVendor(
              vendor,
              adapter,
              items.map(({ delivery }) => delivery),
            );
            expect(outcomes.map(({ kind }) => kind)).toEqual(
              items.map(() => vendor.acknowledges(items.length)),
            );
          }
        }
        const expected = after.map(({ profile }) => vendor.holding(profile));
        expect(vendor.contacts).toEqual(
          new Map(expected.map(({ key, contact }) => [key, contact])),
        );
      }),
      { numRuns: 60 },
    );
  });

  it("stays within the vendor's caps", () => {
    const vendor = create();
    const adapter = adapterTo(vendor);
    expect(adapter.maxItems).toBeLessThanOrEqual(vendor.cap);
    const calls = chunk(itemsOf(adapter, deliveries(2 * vendor.cap + 1)), adapter);
    for (const items of calls) {
      expect(items.length).toBeLessThanOrEqual(vendor.cap);
      const { body } = adapter.request(items, { now: NOW, batchId: "batch_1" });
      expect(Buffer.byteLength(body ?? "")).toBeLessThanOrEqual(vendor.maxBytes);
    }
    expect(calls.flat()).toHaveLength(2 * vendor.cap + 1);
  });

  it("stays within the vendor's bytes where the items are large", () => {
    const vendor = create();
    const fields = { gameball_tier_name: "tier.name", gameball_customer_id: "customer_id" };
    const adapter = adapterTo(vendor, { fields });
    const name = "é".repeat(Math.min(adapter.maxItemBytes, vendor.maxBytes / 4) / 4);
    const large = deliveries(40).map(({ profile }, index) =>
      deliver({ ...profile, tier: { name, order: 1 } }, index),
    );
    for (const items of chunk(itemsOf(adapter, large), adapter)) {
      const { body } = adapter.request(items, { now: NOW, batchId: "batch_1" });
      expect(Buffer.byteLength(body ?? "")).toBeLessThanOrEqual(vendor.maxBytes);
    }
  });

  it("gives each delivery one outcome, whatever is answered, and trusts no answer without evidence", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), answers, (count, { status, body }) => {
        const vendor = create();
        const adapter = adapterTo(vendor);
        const items = itemsOf(adapter, deliveries(count));
        const answer = answerOf(status, body);
        const outcomes = adapter.outcomes(answer, items, { now: NOW });
        expect(outcomes).toHaveLength(count);
        const trusted = outcomes.filter(({ kind }) => good.has(kind)).length;
        expect(trusted).toBeLessThanOrEqual(vendor.looksWell(status, answer.text) ? count : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds nothing for written that a true answer, once damaged, does not tell of", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.double({ min: 0, max: 1 }), (count, at) => {
        const given = deliveries(count);
        const vendor = met(create(), given);
        const adapter = adapterTo(vendor);
        const { answer, items, outcomes } = callVendor(vendor, adapter, given);
        expect(outcomes.every(({ kind }) => kind === vendor.acknowledges(count))).toBe(true);
        const text = answer.text.slice(0, Math.floor(at * (answer.text.length - 1)));
        const damaged = adapter.outcomes({ ...answer, text }, items, { now: NOW });
        const kind = vendor.looksWell(answer.status, text) ? vendor.acknowledges(count) : "retry";
        expect(damaged.map((outcome) => outcome.kind)).toEqual(items.map(() => kind));
      }),
      { numRuns: 200 },
    );
  });

  it("refuses exactly those that the vendor refuses, in its words", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 40 }), fc.nat(), (count, seed) => {
        const given = deliveries(count);
        const vendor = met(create(), given);
        const adapter = adapterTo(vendor);
        const bad = new Set(given.filter((_, index) => (index * 7 + seed) % 5 === 0));
        for (const { profile } of bad) {
          vendor.refuse(vendor.holding(profile).key);
        }
        const found = settle(vendor, adapter, given).map(({ kind, ...rest }) => {
          const isTold = "error" in rest && rest.error.includes(vendor.words);
          return [kind, isTold];
        });
        const isTold = vendor.reportsRows === "at once";
        const wanted = given.map((delivery) =>
          isTold && bad.has(delivery) ? ["rejected", true] : [vendor.acknowledges(count), false],
        );
        expect(found).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    [429, "retry"],
    [500, "retry"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
    [302, "retry"],
    [408, "retry"],
    [401, "held"],
    [403, "held"],
    [404, "held"],
  ])("reads a %d to all as %s", (status, kind) => {
    const adapter = adapterTo(create());
    const items = itemsOf(adapter, deliveries(12));
    const outcomes = adapter.outcomes(answerOf(status, "no"), items, { now: NOW });
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(items.map(() => kind));
  });

  it("waits as long as a 429 asks", () => {
    const adapter = adapterTo(create());
    const items = itemsOf(adapter, deliveries(2));
    const answer = answerOf(429, "slow down", { "retry-after": "17" });
    expect(adapter.outcomes(answer, items, { now: NOW })).toMatchObject(
      items.map(() => ({ kind: "retry", afterMs: 17_000 })),
    );
  });

  it("leaves everybody alone who calls too often, in the vendor's own words", () => {
    const vendor = create();
    const adapter = adapterTo(vendor);
    const items = itemsOf(adapter, deliveries(12));
    const { status, body, headers } = vendor.busy(NOW);
    const outcomes = adapter.outcomes(answerOf(status, body, headers), items, { now: NOW });
    expect(outcomes.map(({ kind }) => kind)).toEqual(items.map(() => "retry"));
    for (const outcome of outcomes) {
      const afterMs = "afterMs" in outcome ? outcome.afterMs : null;
      expect(afterMs).toBeGreaterThanOrEqual(1_000);
      expect(afterMs).toBeLessThanOrEqual(15 * 60 * 1000);
    }
  });

  it("sends a batch in halves that is refused as a whole, and refuses one alone", () => {
    const adapter = adapterTo(create());
    const [alone, both] = [1, 12].map((count) => {
      const items = itemsOf(adapter, deliveries(count));
      return adapter.outcomes(answerOf(422, "no"), items, { now: NOW }).map(({ kind }) => kind);
    });
    expect(both).toEqual(Array.from({ length: 12 }, () => "split"));
    expect(["split", "rejected"]).toContain(alone?.[0]);
  });

  it("takes no answer for no answer", () => {
    const adapter = adapterTo(create());
    const items = itemsOf(adapter, deliveries(3));
    const response = { kind: "no_response", reason: "no route" } as const;
    const retry = { kind: "retry", status: null, error: "no route", afterMs: null };
    expect(adapter.outcomes(response, items, { now: NOW })).toEqual(items.map(() => retry));
  });

  it("puts secrets into headers and nowhere else", () => {
    const vendor = create();
    const { secrets, url } = destinationTo(vendor);
    expect(secrets).not.toEqual([]);
    const adapter = adapterTo(vendor);
    const items = itemsOf(adapter, deliveries(12));
    const spec = adapter.request(items, { now: NOW, batchId: "batch_1" });
    for (const secret of secrets) {
      expect(spec.body).not.toContain(secret);
      expect(spec.url.slice(url.length)).not.toContain(secret);
    }
  });

  it("writes to nobody without the key", () => {
    const adapter = adapterTo(create(), { key: "email" });
    const draft = adapter.draft(sampleDelivery({ email: null }));
    expect(draft).toEqual({ fault: "the profile has no e-mail address" });
    expect(adapter.draft(sampleDelivery({ email: "  " }))).toEqual(draft);
  });
});

/** Sends deliveries as a lane does: a batch that must be split goes again in halves. */
function settle(
  vendor: FakeVendor,
  adapter: ReturnType<typeof adapterTo>,
  given: ReturnType<typeof deliveries>,
): Outcome[] {
  const outcomes = new Map<unknown, Outcome>();
  const queue = chunk(itemsOf(adapter, given), adapter);
  for (let call = queue.shift(); call !== undefined; call = queue.shift()) {
    const sent = call.map(({ delivery }) => delivery);
    const { outcomes: found } = callVendor(vendor, adapter, sent);
    const toSplit = call.filter((_, index) => found[index]?.kind === "split");
    for (const [index, { delivery }] of call.entries()) {
      const outcome = found[index];
      if (outcome === undefined) throw new Error("no outcome");
      const isAlone = call.length === 1 && outcome.kind === "split";
      outcomes.set(delivery, isAlone ? { ...outcome, kind: "rejected" } : outcome);
    }
    if (call.length === 1) continue;
    const middle = Math.ceil(toSplit.length / 2);
    queue.push(...chunk(toSplit.slice(0, middle), adapter));
    queue.push(...chunk(toSplit.slice(middle), adapter));
  }
  return given.map((delivery) => {
    const outcome = outcomes.get(delivery);
    if (outcome === undefined) throw new Error("no outcome");
    return outcome;
  });
}
