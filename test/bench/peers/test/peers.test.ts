// That each peer does its job: what the benchmarks compare is what they do, not what they leave out.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_TOKEN } from "../../../support/bindings.ts";
import { eventually } from "../../../support/eventually.ts";
import { sampleWebhook, signBody } from "../../../support/gameball.ts";
import type { Running } from "../../contenders/contender.ts";
import { express } from "../../contenders/express.ts";
import { fastifyAlways, fastifyEverysec } from "../../contenders/fastify.ts";
import { plainWorker } from "./plain-worker.ts";
import { Sink } from "./sink.ts";

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;

const peers = [plainWorker, fastifyEverysec, fastifyAlways, express];

describe.each(peers)("$name", (peer) => {
  const abort = new AbortController();
  let folder = "";
  let sinks: Sink[] = [];
  let running: Running | null = null;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gameball-relay-peer-"));
    sinks = await Promise.all([Sink.open(), Sink.open(), Sink.open()]);
    const crms = sinks.map(({ url }, index) => ({ id: `crm-${index + 1}`, url }));
    running = await peer.start({ crms, folder }, abort.signal);
  });

  afterAll(async () => {
    await running?.stop();
    await Promise.all(sinks.map(async (sink) => sink.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const call = async (path: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(path, running?.url), init);

  const post = async (body: string, signature: string | null): Promise<Response> =>
    call("/webhooks/gameball", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(signature !== null && { "x-gb-signature": signature }),
      },
      body,
    });

  const send = async (changes: Record<string, unknown>): Promise<Response> => {
    const body = JSON.stringify(sampleWebhook(changes));
    return post(body, await signBody(body));
  };

  const lookUp = async (customerId: string): Promise<Response> =>
    call(`/v1/profiles/${encodeURIComponent(customerId)}`, {
      headers: { authorization: `Bearer ${API_TOKEN}` },
    });

  it("refuses what Gameball did not sign, and sends it to no CRM", async () => {
    const body = JSON.stringify(sampleWebhook({ customer_id: "forged" }));
    const answers = [
      await post(body, "0".repeat(40)),
      await post(body, "x"),
      await post(body, null),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect((await lookUp("forged")).status).toBe(404);
    await send({ customer_id: "after-forged" });
    await eventually(() => {
      for (const sink of sinks) expect(sink.eventsOf("after-forged")).toHaveLength(1);
    });
    for (const sink of sinks) expect(sink.eventsOf("forged")).toEqual([]);
  });

  it("sends the profile of a signed webhook to every CRM, and looks it up", async () => {
    const id = "jo@example.com/ü";
    const answer = await send({ customer_id: id });
    expect([200, 202]).toContain(answer.status);
    await eventually(() => {
      for (const sink of sinks) expect(sink.eventsOf(id)).toHaveLength(1);
    });
    const found = await eventually(async () => {
      const response = await lookUp(id);
      expect(response.status).toBe(200);
      return response.json();
    });
    expect(found).toMatchObject({
      customer_id: id,
      gb_customer_id: "1234",
      email: "customer@example.com",
      tier: { name: "basic", order: 1 },
      points: { activated: 90, pending: 10, total: 100 },
      occurred_at: "2024-11-19T17:34:42.297Z",
    });
    for (const sink of sinks) {
      const [event] = sink.eventsOf(id);
      expect(event).toEqual({
        id: expect.stringMatching(/^evt_/) as string,
        type: "customer.profile.updated",
        timestamp: "2024-11-19T17:34:42.297Z",
        data: found,
      });
    }
  });

  it("accepts the signature of the body as JavaScript writes it again", async () => {
    const webhook = sampleWebhook({ customer_id: "rewritten" });
    const signature = await signBody(JSON.stringify(webhook));
    const answer = await post(JSON.stringify(webhook, null, 2), signature);
    expect(answer.ok).toBe(true);
  });

  it("tries a CRM again that answered 500, and leaves the others alone", async () => {
    sinks[1]?.answer("unlucky", 500, 503);
    expect((await send({ customer_id: "unlucky" })).ok).toBe(true);
    await eventually(() => {
      expect(sinks.map((sink) => sink.eventsOf("unlucky").length)).toEqual([1, 3, 1]);
    });
    const ids = sinks.flatMap((sink) => sink.eventsOf("unlucky").map((event) => event.id));
    expect(new Set(ids).size).toBe(1);
  });

  it("keeps the newest profile, whatever comes late", async () => {
    const update = async (second: number): Promise<Response> =>
      send({ customer_id: "late", created_at: at(second), data: { total_points: second } });
    expect((await update(1)).ok).toBe(true);
    expect((await update(3)).ok).toBe(true);
    expect(await (await update(2)).json()).toEqual({ outcome: "stale" });
    const profile = { points: { total: 3 }, occurred_at: at(3) };
    await eventually(async () =>
      expect(await (await lookUp("late")).json()).toMatchObject(profile),
    );
    for (const sink of sinks) {
      expect(sink.eventsOf("late").map(({ timestamp }) => timestamp)).not.toContain(at(2));
    }
  });

  it("refuses what it cannot read, and ignores other topics", async () => {
    const invalid = [{ customer_id: null }, { created_at: "yesterday" }, { data: 1 }];
    for (const changes of invalid) expect((await send(changes)).status).toBe(422);
    expect((await post("{", await signBody("{"))).status).toBe(422);
    const other = await send({ event: "customer.notification.push" });
    expect(await other.json()).toEqual({ outcome: "ignored" });
  });

  it("looks up nothing for whoever has no token", async () => {
    await send({ customer_id: "private" });
    const headers = [{}, { authorization: "Bearer wrong" }, { authorization: API_TOKEN }];
    for (const sent of headers) {
      expect((await call("/v1/profiles/private", { headers: sent })).status).toBe(401);
    }
  });
});
