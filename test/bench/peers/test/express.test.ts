// What Express alone does, having no queue: it tells Gameball when a CRM did not take an update.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { sampleWebhook, signBody } from "../../../support/gameball.ts";
import { express } from "../../contenders/express.ts";
import { Sink } from "./sink.ts";

it("answers 502 when a CRM fails three times, and sends to all again when Gameball does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gameball-relay-peer-"));
  const sinks = [await Sink.open(), await Sink.open()];
  const crms = sinks.map(({ url }, index) => ({ id: `crm-${index + 1}`, url }));
  const running = await express.start({ crms, folder }, new AbortController().signal);
  try {
    sinks[1]?.answer("webhook-test", 500, 500, 500);
    const body = JSON.stringify(sampleWebhook());
    const headers = { "x-gb-signature": await signBody(body) };
    const send = async (): Promise<Response> =>
      fetch(new URL("/webhooks/gameball", running.url), { method: "POST", headers, body });
    expect((await send()).status).toBe(502);
    expect(sinks.map((sink) => sink.events.length)).toEqual([1, 3]);
    expect((await send()).status).toBe(200);
    expect(sinks.map((sink) => sink.events.length)).toEqual([2, 4]);
  } finally {
    await running.stop();
    await Promise.all(sinks.map(async (sink) => sink.close()));
    await rm(folder, { recursive: true, force: true });
  }
});
