// Every webhook is told once, whatever becomes of it: a line and a data point, which name nobody.
import { describe, expect, it } from "vitest";
import { SECRET_KEY } from "../support/bindings.ts";
import { sampleNotificationWebhook } from "../support/gameball.ts";
import { JANE, jane, withRecorder } from "../support/recorder.ts";
import { connectionLost, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();
const recorder = withRecorder();

describe("a webhook", () => {
  const digest = expect.stringMatching(/^[0-9a-f]{12}$/);
  const known = {
    topic: "customer.profile.updated",
    customer: digest,
    event_id: expect.stringMatching(/^evt_/),
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    duration_ms: expect.any(Number),
  };

  it("is told once when it is taken, and once for each time that it comes again", async () => {
    await relay.accept(jane(5));
    await relay.send(jane(5));
    await relay.send(jane(1));
    await relay.send({ ...jane(6), event: `${JANE} was born` });
    await relay.send(sampleNotificationWebhook({ customer_id: JANE }));
    expect(recorder.lines("webhook.received")).toEqual([
      { ...known, event: "webhook.received", outcome: "accepted", status: 202, sequence: 1 },
      { ...known, event: "webhook.received", outcome: "duplicate", status: 200, sequence: null },
      { ...known, event: "webhook.received", outcome: "stale", status: 200, sequence: null },
      ...[1, 2].map(() => ({
        event: "webhook.received",
        request_id: known.request_id,
        outcome: "ignored",
        status: 200,
        topic: null,
        customer: null,
        event_id: null,
        sequence: null,
        duration_ms: known.duration_ms,
      })),
    ]);
    expect(recorder.points("webhook").map(({ blobs }) => blobs)).toEqual([
      ["webhook", known.topic, "accepted"],
      ["webhook", known.topic, "duplicate"],
      ["webhook", known.topic, "stale"],
      ["webhook", "", "ignored"],
      ["webhook", "", "ignored"],
    ]);
    await relay.stands(JANE, "synced");
    expect(recorder.lines("webhook.rejected")).toEqual([]);
  });

  const body = JSON.stringify(jane(1));
  const out = { getByName: () => ({ record: connectionLost }) };
  const reason = "the ledger has 16 partitions, configured are 15";
  const other = { getByName: () => ({ record: async () => ({ outcome: "refused", reason }) }) };
  const broken = {
    getByName: () => ({
      record: async () => Promise.reject(new TypeError(`cannot record ${JANE}`)),
    }),
  };

  it.each([
    ["invalid-signature", 401, async () => relay.post(body, { "x-gb-signature": SECRET_KEY })],
    ["not-json", 400, async () => relay.post(`"${JANE}`)],
    [
      "invalid-webhook",
      422,
      async () =>
        relay.send({ ...jane(1), [JANE]: JANE, created_at: JANE, data: { email: [JANE] } }),
    ],
    [
      "other-client",
      403,
      async () => relayWith({ GAMEBALL_CLIENT_ID: "1" }).send({ ...jane(1), client_id: JANE }),
    ],
    ["too-large", 413, async () => relay.post(JANE.repeat(5_000))],
    ["method-not-allowed", 405, async () => relay.ask(`/webhooks/gameball?email=${JANE}`)],
    ["not-configured", 503, async () => relayWith({ API_TOKEN: "" }).send(jane(1))],
    ["not-configured", 503, async () => relayWith({ LEDGER: other }).send(jane(1))],
    ["ledger-unavailable", 503, async () => relayWith({ LEDGER: out }).send(jane(1))],
    ["ledger-unavailable", 503, async () => relayWith({ LEDGER: broken }).send(jane(1))],
    ["internal-error", 500, async () => relayWith({ LEDGER: {} }).send(jane(1))],
  ])("is told once when it is refused: %s", async (kind, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    const { request_id } = answer.body as { readonly request_id: string };
    expect(recorder.lines("webhook.rejected")).toEqual([
      expect.objectContaining({
        request_id,
        reason: kind,
        status,
        duration_ms: expect.any(Number),
      }),
    ]);
    expect(recorder.lines("webhook.received")).toEqual([]);
    const doubles = [expect.any(Number), status];
    expect(recorder.points("webhook")).toEqual([
      { indexes: ["webhook"], blobs: ["webhook", expect.any(String), kind], doubles },
    ]);
  });

  it("is told with its customer's digest and its event where the ledger is out of reach", async () => {
    await relayWith({ LEDGER: out }).send(jane(1));
    expect(recorder.lines("webhook.rejected")).toMatchObject([known]);
    const [failed] = recorder.lines("request.failed");
    expect(failed).toMatchObject({ status: 503, error: "Error: Network connection lost" });
    expect(failed?.["request_id"]).toBe(recorder.lines("webhook.rejected")[0]?.["request_id"]);
  });

  it("is told as ever where there are no metrics, or they fail", async () => {
    const failing = {
      writeDataPoint: () => {
        throw new Error(`no point of ${JANE}`);
      },
    };
    for (const [index, METRICS] of [undefined, failing].entries()) {
      expect((await relayWith({ METRICS }).send(jane(index))).status).toBe(202);
    }
    expect(recorder.lines("webhook.received")).toHaveLength(2);
    expect(recorder.lines("metrics.failed")).toMatchObject([{ error: "Error" }]);
    expect(recorder.points("webhook")).toEqual([]);
    await relay.stands(JANE, "synced");
  });

  it("costs no line where none is wanted, unless it was refused and signed, and no point less", async () => {
    const quiet = relayWith({ LOG_SHARE: 0 });
    await quiet.accept(jane(1));
    await quiet.send(jane(1));
    await quiet.post(body, {});
    await quiet.send({ event: "customer.profile.updated" });
    expect([recorder.lines("webhook.received"), recorder.lines("webhook.rejected")]).toMatchObject([
      [],
      [{ reason: "invalid-webhook" }],
    ]);
    expect(recorder.points("webhook")).toHaveLength(4);
    await relay.stands(JANE, "synced");
  });
});
