// POST /webhooks/gameball with a notification, while a destination asks for them: what the ledger is
// handed, and how its answers are passed on.
import { describe, expect, it, vi } from "vitest";
import type { Refusal } from "../../src/ledger/client.ts";
import type { RecordResult } from "../../src/ledger/partition.ts";
import { sampleNotificationWebhook, sampleWebhook } from "../support/gameball.ts";
import { expectProblem } from "../support/problems.ts";
import { partitionNumber, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const DESTINATIONS = [
  {
    id: "messages",
    url: "https://one.example.com/hook",
    topics: ["customer.notification.push"],
  },
];

/** A relay whose ledger gives one answer to every notification. */
function relayThat(answers: () => Promise<RecordResult | Refusal>) {
  const notify = vi.fn(answers);
  const getByName = vi.fn(() => ({ notify }));
  return { relay: relayWith({ DESTINATIONS, LEDGER: { getByName } }), notify, getByName };
}

describe("POST /webhooks/gameball with a notification", () => {
  it("hands it to its customer's partition and answers 202", async () => {
    const taking = relayThat(async () => ({ outcome: "accepted", sequence: 3 }));
    const { status, body } = await taking.relay.send(sampleNotificationWebhook());
    const event_id = expect.stringMatching(/^evt_[0-9a-f]{32}$/);
    expect([status, body]).toEqual([202, { outcome: "accepted", event_id, sequence: 3 }]);
    const partition = await partitionNumber("webhook-test");
    expect(taking.getByName).toHaveBeenCalledExactlyOnceWith(String(partition));
    expect(taking.notify).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ customer_id: "webhook-test", event_id }),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    );
  });

  it.each(["duplicate", "stale"] as const)("answers 200 to a %s", async (outcome) => {
    const taking = relayThat(async () => ({ outcome }));
    const { status, body } = await taking.relay.send(sampleNotificationWebhook());
    expect([status, body]).toEqual([200, { outcome }]);
  });

  it("answers 422 to one that is malformed, and hands it to nobody", async () => {
    const taking = relayThat(async () => ({ outcome: "accepted", sequence: 1 }));
    const answer = await taking.relay.send(sampleNotificationWebhook({ data: ["text"] }));
    expectProblem(answer, 422, "invalid-webhook");
    expect(taking.notify).not.toHaveBeenCalled();
  });

  it("answers 503 when the ledger refuses, or is out of reach", async () => {
    const refusing = relayThat(async () => ({ outcome: "refused", reason: "no" }));
    expectProblem(await refusing.relay.send(sampleNotificationWebhook()), 503, "not-configured");
    const lost = relayThat(async () => {
      throw new Error("Network connection lost");
    });
    expectProblem(await lost.relay.send(sampleNotificationWebhook()), 503, "ledger-unavailable");
  });

  it("answers 200 where nobody asks for notifications, even to one that is malformed", async () => {
    for (const body of [sampleNotificationWebhook(), sampleNotificationWebhook({ data: null })]) {
      const { status, body: answer } = await relay.send(body);
      expect([status, answer]).toEqual([200, { outcome: "ignored" }]);
    }
  });

  it("goes on taking profiles, for the lookup store", async () => {
    expect((await relayWith({ DESTINATIONS }).send(sampleWebhook())).status).toBe(202);
  });
});
