// POST /webhooks/gameball when something is wrong: each status of the contract, and what it says.
import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { expectProblem } from "../support/problems.ts";
import {
  connectionLost,
  inLedger,
  partitionNumber,
  relay,
  relayWith,
  withRelay,
} from "../support/relay-in-workerd.ts";

withRelay();

const PATH = "/webhooks/gameball";
const MAX_BYTES = 64 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;
const sample = JSON.stringify(sampleWebhook());

const ahead = (ms: number) =>
  sampleWebhook({ created_at: new Date(Date.now() + ms).toISOString() });

describe("400", () => {
  it.each(["", "nonsense", '{"event":', "{}{}", "\ufeff\ufeff{}"])(
    "answers the signed body %j, which is no JSON",
    async (body) => {
      expectProblem(await relay.post(body), 400, "not-json");
    },
  );

  it("answers signed bytes that are no UTF-8", async () => {
    expectProblem(await relay.post(new Uint8Array([0x22, 0xff, 0x22])), 400, "not-json");
  });
});

describe("403", () => {
  it("answers the webhook of another client, and stores nothing of it", async () => {
    const other = relayWith({ GAMEBALL_CLIENT_ID: "1" });
    expectProblem(await other.post(sample), 403, "other-client");
    expect(await inLedger("webhook-test")).toBeNull();
  });

  it("is for nobody while no client is configured, nor for the one that is", async () => {
    expect((await relay.post(sample)).status).toBe(202);
    expect((await relayWith({ GAMEBALL_CLIENT_ID: "2155" }).post(sample)).status).toBe(200);
  });
});

describe("404", () => {
  it.each(["/webhooks", "/webhooks/", "/webhooks/gameball/", "/webhooks/other", "/nothing"])(
    "answers %s",
    async (path) => {
      expectProblem(await relay.ask(path, { method: "POST", body: sample }), 404, "not-found");
    },
  );
});

describe("405", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "answers %s and allows POST",
    async (method) => {
      const answer = await relay.ask(PATH, { method });
      expectProblem(answer, 405, "method-not-allowed");
      expect(answer.headers.get("allow")).toBe("POST");
    },
  );

  it("answers HEAD without a body", async () => {
    const { status, headers, text } = await relay.ask(PATH, { method: "HEAD" });
    expect([status, headers.get("allow"), text]).toEqual([405, "POST", ""]);
  });
});

describe("413", () => {
  it.each([MAX_BYTES + 1, 2 * MAX_BYTES, 10 * 1024 * 1024])(
    "answers a signed body of %i bytes",
    async (size) => {
      expectProblem(await relay.post("x".repeat(size)), 413, "too-large");
    },
  );

  it("answers a stream of unknown length", async () => {
    const headers = { "x-gb-signature": "0".repeat(40) };
    const body = new Blob(["x".repeat(MAX_BYTES + 1)]).stream();
    expectProblem(await relay.ask(PATH, { method: "POST", headers, body }), 413, "too-large");
  });

  it("answers a stream that never ends, whatever content-length says, and reads little of it", async () => {
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const init = { method: "POST", headers: { "content-length": "10" }, body };
    expectProblem(await relayWith({}).ask(PATH, init), 413, "too-large");
    expect(pulled).toBeLessThan(70);
  });

  it("does not answer a small stream, nor a small body that calls itself large", async () => {
    const signature = await signBody(sample);
    const headers = { "x-gb-signature": signature, "content-length": "10000000" };
    const init = { method: "POST", headers, body: new Blob([sample]).stream() };
    expect((await relayWith({}).ask(PATH, init)).status).toBe(202);
  });
});

describe("422", () => {
  it("lists every fault with its pointer", async () => {
    const webhook = sampleWebhook({
      customer_id: "..",
      created_at: "2024-02-30T00:00:00Z",
      data: { email: 5, total_points: "many" },
    });
    const answer = await relay.send(webhook);
    expectProblem(answer, 422, "invalid-webhook");
    const { errors } = answer.body as { errors: { pointer: string; detail: string }[] };
    expect(errors.toSorted((a, b) => a.pointer.localeCompare(b.pointer))).toEqual([
      { pointer: "/created_at", detail: "must be an RFC 3339 time with at most 7 fraction digits" },
      { pointer: "/customer_id", detail: 'must not be "." or ".."' },
      { pointer: "/data/email", detail: "must be string" },
      { pointer: "/data/total_points", detail: "must be a number or a numeric string" },
    ]);
  });

  it("points at what is missing", async () => {
    const answer = await relay.send({ event: "customer.profile.updated" });
    expectProblem(answer, 422, "invalid-webhook");
    const { errors } = answer.body as { errors: { pointer: string }[] };
    const pointers = errors.map(({ pointer }) => pointer);
    expect(pointers.toSorted()).toEqual(["/created_at", "/customer_id", "/data"]);
  });

  it("answers a created_at more than 24 hours ahead, and none a little less", async () => {
    expectProblem(await relay.send(ahead(DAY_MS + 60_000)), 422, "invalid-webhook");
    expect((await relay.send(ahead(DAY_MS - 60_000))).status).toBe(202);
  });

  it("stores nothing", async () => {
    await relay.send(sampleWebhook({ data: { ...sampleWebhook().data, email: 5 } }));
    expect(await inLedger("webhook-test")).toBeNull();
  });
});

describe("503", () => {
  it.each([
    { GAMEBALL_SECRET_KEY: "" },
    { API_TOKEN: undefined },
    { DESTINATIONS: "nonsense" },
    { LEDGER_PARTITIONS: 0 },
  ])("answers while the configuration is wrong: %j", async (changes) => {
    expectProblem(await relayWith(changes).post(sample), 503, "not-configured");
    expect(await inLedger("webhook-test")).toBeNull();
  });

  it("does not say what is wrong with the configuration", async () => {
    const { text } = await relayWith({ API_TOKEN: "" }).post(sample);
    expect(text).not.toContain("API_TOKEN");
    expect(text).toContain("/health");
  });

  it("answers when the ledger is out of reach", async () => {
    const lost = relayWith({ LEDGER: { getByName: () => ({ record: connectionLost }) } });
    const answer = await lost.post(sample);
    expectProblem(answer, 503, "ledger-unavailable");
    expect(answer.text).not.toContain("Network");
  });

  it("answers when the ledger was begun with another number of partitions", async () => {
    const object = env.LEDGER.getByName(String(await partitionNumber("webhook-test")));
    await runInDurableObject(object, (_, state) => state.storage.kv.put("partitions", 8));
    await abortAllDurableObjects();
    expectProblem(await relay.post(sample), 503, "not-configured");
  });
});
