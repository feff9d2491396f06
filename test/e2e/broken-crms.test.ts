// CRMs whose answers are no proper HTTP answers: cut off, endless, somebody else's, or none at all.
// Each of these tests has a CRM of its own, and all share one relay and a healthy CRM beside them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { FakeCrm, type Reply } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";
import * as replies from "../support/replies.ts";

const TIMEOUT_MS = 500;

const crms = {
  healthy: await FakeCrm.open(),
  impatient: await FakeCrm.open(),
  redirecting: await FakeCrm.open(),
  wordy: await FakeCrm.open(),
  breaking: await FakeCrm.open(),
  refusing: await FakeCrm.open(),
};
const { healthy, impatient, redirecting, wordy, breaking, refusing } = crms;
const elsewhere = await FakeCrm.open();
let relay: Relay;

beforeAll(async () => {
  const settings: Partial<Record<string, object>> = { impatient: { timeout_ms: TIMEOUT_MS } };
  const destinations = Object.entries(crms).map(([id, { url }]) => ({ id, url, ...settings[id] }));
  const nowhere = { id: "nowhere", url: "https://crm.gameball-relay.invalid/hook" };
  relay = await Relay.start({ DESTINATIONS: [...destinations, nowhere] });
});

afterAll(async () => {
  await relay?.stop();
  const all = [...Object.values(crms), elsewhere];
  await Promise.all(all.map(async (crm) => crm.close()));
});

/** Sends a customer's first update; the healthy CRM has it, whatever the others do. */
async function begin(customerId: string): Promise<void> {
  await relay.accept(update(customerId, 1));
  await eventually(() => expect(healthy.sequencesOf(customerId)).toEqual([1]));
}

async function failsAt(customerId: string, destination: string): Promise<void> {
  const failures = await eventually(async () => {
    const found = await relay.failures(customerId, destination);
    expect(found).not.toEqual([]);
    return found;
  });
  expect(failures[0]).toMatch(/^none: the connection failed/);
}

describe.concurrent("a CRM whose answer is broken", () => {
  it.for<[what: string, reply: Reply]>([
    ["hangs up without a word", replies.hangUp],
    ["hangs up in the middle of its answer", replies.hangUpInTheMiddle],
    ["answers something that is no HTTP", replies.garbage],
  ])("is tried again when it %s", async ([what, reply]) => {
    breaking.replyTo(what, reply);
    await begin(what);
    await relay.isSynced(what, "breaking");
    expect(breaking.sequencesOf(what)).toEqual([1, 1]);
    const failures = await relay.failures(what, "breaking");
    expect(failures).toEqual([expect.stringMatching(/^none: the connection failed/)]);
  });

  it.for<[what: string, reply: Reply]>([
    ["hangs", replies.hangForEver],
    ["lets a small answer trickle without an end", replies.tricklingBody],
  ])("is tried again after its timeout when it %s", async ([what, reply]) => {
    impatient.replyTo(what, reply);
    await begin(what);
    await relay.isSynced(what, "impatient");
    const failures = await relay.failures(what, "impatient");
    expect(failures).toEqual([`none: no complete answer within ${TIMEOUT_MS} ms`]);
    const [first, second] = impatient.requestsOf(what);
    expect(impatient.sequencesOf(what)).toEqual([1, 1]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(TIMEOUT_MS - 50);
  });

  it.for<[what: string, reply: Reply]>([
    ["an answer without an end", replies.endlessBody],
    ["an answer that says JSON and is none", replies.answer(200, '{"ok":')],
    ["an empty answer", replies.answer(204)],
  ])("has acknowledged with a 2xx and %s", async ([what, reply]) => {
    wordy.replyTo(what, reply);
    await begin(what);
    await relay.isSynced(what, "wordy");
    expect(wordy.sequencesOf(what)).toEqual([1]);
  });

  it("is not followed to where it redirects, and tried again", async () => {
    const redirects = [302, 307].map((status) =>
      replies.answer(status, "", { location: elsewhere.url }),
    );
    redirecting.replyTo("redirected", ...redirects);
    await begin("redirected");
    await relay.isSynced("redirected", "redirecting");
    expect(redirecting.sequencesOf("redirected")).toEqual([1, 1, 1]);
    const failures = await relay.failures("redirected", "redirecting");
    expect(failures).toEqual(["302: HTTP 302", "307: HTTP 307"]);
    expect(elsewhere.requests).toEqual([]);
  });

  it("is tried again when it refuses connections, and gets only the newest once it is back", async () => {
    await refusing.close();
    await begin("refused");
    await failsAt("refused", "refusing");
    await relay.accept(update("refused", 2));
    await relay.accept(update("refused", 3));
    await eventually(() => expect(healthy.sequencesOf("refused").at(-1)).toBe(3));
    await refusing.reopen();
    await relay.isSynced("refused", "refusing", 3);
    expect(refusing.sequencesOf("refused")).toEqual([3]);
    expect(refusing.eventsOf("refused")[0]?.data.changes).toBeNull();
  });

  it("is tried again when its name does not resolve", async () => {
    await begin("unresolved");
    // The customers of all these tests fail there, so by now its breaker may be open.
    const { state } = await eventually(async () => {
      const standing = await relay.standing("unresolved", "nowhere");
      expect(standing.last_error).toMatch(/the connection failed/);
      return standing;
    });
    expect(["pending", "in_flight", "held"]).toContain(state);
  });
});
