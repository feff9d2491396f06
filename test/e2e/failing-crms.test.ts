// CRMs that answer, but not with a yes: slowly, with errors, with a wish to wait, or with a refusal.
// Each of these tests has a CRM of its own, and all but one share a relay and a healthy CRM beside them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, inParallel } from "../support/eventually.ts";
import { type CrmEvent, FakeCrm } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import { after, answer } from "../support/replies.ts";

const TOKEN = "token-of-the-locked-crm";
const HOLD_MS = 30_000;

const crms = {
  healthy: await FakeCrm.open(),
  slow: await FakeCrm.open(),
  flaky: await FakeCrm.open(),
  overloaded: await FakeCrm.open(),
  limited: await FakeCrm.open(),
  strict: await FakeCrm.open(),
  batching: await FakeCrm.open(),
};
const { healthy, slow, flaky, strict, batching } = crms;
let relay: Relay;

beforeAll(async () => {
  const settings: Partial<Record<string, object>> = {
    slow: { timeout_ms: 30_000 },
    batching: { batch: 100 },
  };
  const destinations = Object.entries(crms).map(([id, { url }]) => ({ id, url, ...settings[id] }));
  relay = await Relay.start({ DESTINATIONS: destinations });
});

afterAll(async () => {
  await relay?.stop();
  await Promise.all(Object.values(crms).map(async (crm) => crm.close()));
});

/** The healthy CRM has exactly these sequences of a customer, whatever the others do. */
async function healthyHas(customerId: string, ...sequences: number[]): Promise<void> {
  await eventually(() => expect(healthy.sequencesOf(customerId)).toEqual(sequences));
}

describe.concurrent("a CRM that answers, but not with a yes", () => {
  it("keeps nobody waiting but itself when it is slow", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const customers = Array.from({ length: 12 }, (_, n) => `slow-${n}`);
    for (const customer of customers) slow.replyTo(customer, after(released, answer(200)));
    await inParallel(customers, 4, async (customer) => {
      await relay.accept(update(customer, 1));
    });
    for (const customer of customers) await healthyHas(customer, 1);
    await eventually(() => expect(slow.requestsOf("slow-0")).toHaveLength(1));
    expect(await relay.standing("slow-0", "slow")).toMatchObject({ state: "in_flight" });
    // The next update, too, reaches the healthy one while the slow one still thinks about the first.
    await relay.accept(update("slow-0", 2));
    await healthyHas("slow-0", 1, 2);
    expect(slow.sequencesOf("slow-0")).toEqual([1]);
    release();
    await relay.isSynced("slow-0", "slow", 2);
    expect(slow.sequencesOf("slow-0")).toEqual([1, 2]);
    for (const customer of customers.slice(1)) await relay.isSynced(customer, "slow");
  });

  it("is tried again after 500, and then has the profile", async () => {
    flaky.replyTo("flaky", answer(500, "out of memory"), answer(502), answer(200));
    await relay.accept(update("flaky", 1));
    await healthyHas("flaky", 1);
    await relay.isSynced("flaky", "flaky");
    expect(flaky.sequencesOf("flaky")).toEqual([1, 1, 1]);
    const { timeline = [] } = (await relay.deliveries("flaky")) ?? {};
    const tale = timeline
      .filter(({ destination }) => destination === "flaky")
      .map(({ event, status, detail = "" }) => `${event} ${status ?? ""} ${detail}`.trim());
    // Of a consumer that ended before it could tell, what is left is a lost lease.
    const failures = ["failed 500 HTTP 500: out of memory", "failed 502 HTTP 502"];
    expect(tale).toEqual([
      ...failures.map((failure) => expect.toBeOneOf([failure, "lease_lost"])),
      "delivered 200",
    ]);
  });

  it.for([
    { crm: "overloaded", status: 503, retryAfter: () => "6" },
    { crm: "limited", status: 429, retryAfter: () => new Date(Date.now() + 7000).toUTCString() },
  ] as const)(
    "is left alone for every customer as long as its $status asks",
    async ({ crm: id, status, retryAfter }) => {
      const crm = crms[id];
      const [first, second, third] = [`${id}-1`, `${id}-2`, `${id}-3`];
      crm.replyTo(first, (response, request) =>
        answer(status, "later", { "retry-after": retryAfter() })(response, request),
      );
      await relay.accept(update(first, 1));
      await relay.becomes(first, id, { last_status: status });
      const learnedAt = Date.now();
      const refusedAt = crm.requestsOf(first)[0]?.at ?? 0;
      await relay.accept(update(second, 1));
      await relay.accept(update(first, 2));
      await healthyHas(second, 1);
      await relay.becomes(second, id, { state: "held", attempts: 0 });
      await relay.accept(update(third, 1));
      await relay.isSynced(first, id, 2);
      await relay.isSynced(second, id);
      await relay.isSynced(third, id);
      // Those who came later, of whatever test; calls for others may have been admitted before.
      const isLater = ({ data }: CrmEvent) =>
        [first, second, third].includes(data.customer_id) ||
        Date.parse(String(data["received_at"])) > learnedAt;
      // An HTTP date has whole seconds, so that six are certain.
      const early = crm.requests.filter(
        ({ at, events }) => at > learnedAt && at < refusedAt + 6000 && events.some(isLater),
      );
      expect(early).toEqual([]);
      expect(crm.sequencesOf(first)).toEqual([1, 2]);
    },
  );

  it("gets a dead letter in its own words for a profile that it refuses, until a newer one comes", async () => {
    strict.replyTo("refused", answer(400, "mobile_number: not a phone number"));
    await relay.accept(update("refused", 1));
    await healthyHas("refused", 1);
    const refused = { state: "dead", last_status: 400, acknowledged_sequence: 0 } as const;
    const standing = await relay.becomes("refused", "strict", refused);
    expect(standing.last_error).toContain("mobile_number: not a phone number");
    await relay.accept(update("refused", 2, { mobile_number: "+49 30 1234567" }));
    await relay.isSynced("refused", "strict", 2);
    expect(strict.sequencesOf("refused")).toEqual([1, 2]);
    expect(strict.eventsOf("refused")[1]?.data.changes).toBeNull();
  });

  it("gets nothing and loses nothing while it refuses the credentials", async ({
    onTestFinished,
  }) => {
    const locked = await FakeCrm.open();
    const headers = { authorization: "Bearer ${LOCKED_TOKEN}" };
    const alone = await Relay.start({
      DESTINATIONS: [{ id: "locked", url: locked.url, headers }],
      LOCKED_TOKEN: TOKEN,
    });
    onTestFinished(async () => {
      await alone.stop();
      await locked.close();
    });
    locked.replyToAll((response, request) =>
      answer(401, `unknown: ${request.headers.authorization}`)(response, request),
    );
    await alone.accept(update("first", 1));
    const refused = { state: "held", attempts: 0, last_status: 401 } as const;
    // The CRM repeated the secret; the relay must not.
    const { last_error: error } = await alone.becomes("first", "locked", refused);
    expect(error).toContain("unknown: Bearer ***");
    expect(locked.requests).toHaveLength(1);

    const others = Array.from({ length: 20 }, (_, n) => `other-${n}`);
    await inParallel(others, 4, async (customer) => {
      await alone.accept(update(customer, 1));
    });
    await alone.accept(update("first", 2));
    for (const customer of others) await alone.becomes(customer, "locked", { state: "held" });
    expect(locked.requests).toHaveLength(1);
    locked.replyToAll(answer(200));
    await alone.isSynced("first", "locked", 2);
    for (const customer of others) await alone.isSynced(customer, "locked");
    expect(locked.sequencesOf("first")).toEqual([1, 2]);
    // A single request finds out that the CRM is back, and then nobody waits for another hold.
    const [refusal, ...accepted] = locked.requests.map(({ at }) => at);
    const [probe = 0, last = 0] = [accepted[0], accepted.at(-1)];
    expect(probe - (refusal ?? 0)).toBeGreaterThanOrEqual(HOLD_MS - 100);
    expect(last - probe).toBeLessThan(HOLD_MS);
    expect(alone.output).not.toContain(TOKEN);
  });

  it("takes the other 99 profiles of a batch that it refuses because of one", async () => {
    const customers = Array.from({ length: 100 }, (_, n) => `batched-${n}`);
    const poisoned = "batched-63";
    batching.replyTo("batched-first", answer(503, "", { "retry-after": "8" }));
    await relay.accept(update("batched-first", 1));
    await relay.becomes("batched-first", "batching", { last_status: 503 });
    const calls = batching.requests.length;
    batching.replyToAll((response, request) => {
      const isPoisoned = request.events.some(({ data }) => data.customer_id === poisoned);
      return answer(isPoisoned ? 400 : 200, isPoisoned ? "bad row" : "")(response, request);
    });
    await inParallel(customers, 8, async (customer) => {
      await relay.accept(update(customer, 1));
    });
    for (const customer of customers) await healthyHas(customer, 1);
    for (const customer of customers.filter((id) => id !== poisoned)) {
      await relay.isSynced(customer, "batching");
    }
    const dead = { state: "dead", last_status: 400 } as const;
    expect((await relay.becomes(poisoned, "batching", dead)).last_error).toContain("bad row");
    expect(batching.requests.length - calls).toBeLessThanOrEqual(50);
    expect(Math.max(...batching.requests.map(({ events }) => events.length))).toBeGreaterThan(1);
  });
});
