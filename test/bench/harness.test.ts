// The harnesses do what the platform does, as far as the benchmarks' Workers need it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { API_TOKEN } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { BARE_WORKER, RELAY, workerOn } from "./contenders/workers.ts";
import { startWorker } from "./harness.ts";
import { makeFolder } from "./process.ts";
import { isAccepted, Sender, signWebhooks } from "./sender.ts";

/** Keeps what is put, gives it, and tries a message again until its third attempt. */
const WORKER = `
export default {
  async fetch(request, { PROFILES, DELIVERIES }) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") await DELIVERIES.sendBatch([{ body: { key: pathname } }]);
    else if (request.method === "DELETE") await PROFILES.delete(pathname);
    return new Response(await PROFILES.get(pathname), { status: 200 });
  },
  async queue({ messages }, { PROFILES }) {
    for (const message of messages) {
      if (message.attempts < 3) message.retry({ delaySeconds: 1 });
      else await PROFILES.put(message.body.key, \`attempt \${message.attempts} of \${messages.length}\`);
    }
  },
};`;
const CONFIG = `
name = "probe"
main = "probe.js"
compatibility_date = "2026-11-01"
[[kv_namespaces]]
binding = "PROFILES"
[[queues.producers]]
binding = "DELIVERIES"
queue = "probe"
[[queues.consumers]]
queue = "probe"
max_batch_size = 10
max_batch_timeout = 0
max_retries = 3
`;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

describe.each(["Miniflare", "workerd serve"] as const)("%s", (harness) => {
  it("runs the relay: a webhook reaches three CRMs and the lookup", async () => {
    const crms = [await FakeCrm.open(), await FakeCrm.open(), await FakeCrm.open()];
    closing.push(async () => Promise.all(crms.map(async (crm) => crm.close())));
    const folder = await makeFolder();
    closing.push(async () => rm(folder, { recursive: true, force: true }));
    const settings = { crms: crms.map(({ url }, index) => ({ id: `crm-${index}`, url })), folder };
    const relay = await workerOn(RELAY, harness).start(settings, new AbortController().signal);
    closing.push(relay.stop);
    expect(relay.processes.length).toBeGreaterThan(1);
    const sender = new Sender(relay.url);
    const [answer] = await sender.send(await signWebhooks("ann", 1), 1);
    sender.close();
    expect(answer).toMatchObject({ status: 202 });
    await eventually(() => {
      const told = crms.map(({ requests }) => requests.flatMap(({ events }) => events));
      expect(told).toMatchObject([[{}], [{}], [{}]]);
    });
    await eventually(async () => {
      const headers = { authorization: `Bearer ${API_TOKEN}` };
      const found = await fetch(new URL("/v1/profiles/ann-0", relay.url).href, { headers });
      expect(await found.json()).toMatchObject({ customer_id: "ann-0" });
    });
  });

  it("runs the bare Worker, which takes webhooks", async () => {
    const folder = await makeFolder();
    closing.push(async () => rm(folder, { recursive: true, force: true }));
    const signal = new AbortController().signal;
    const bare = await workerOn(BARE_WORKER, harness).start({ crms: [], folder }, signal);
    closing.push(bare.stop);
    const sender = new Sender(bare.url);
    const answers = await sender.send(await signWebhooks("ann", 3), 100);
    sender.close();
    expect(answers.every(isAccepted)).toBe(true);
  });

  it("keeps and forgets values, and hands a message out again as often as it is asked to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gameball-relay-probe-"));
    closing.push(async () => rm(folder, { recursive: true, force: true }));
    const config = join(folder, "wrangler.toml");
    await writeFile(config, CONFIG);
    const probe = await startWorker(harness, { config, code: WORKER, variables: {} });
    closing.push(async () => probe.stop());
    const ask = async (method: string) => {
      const answer = await fetch(new URL("/ä b", probe.url).href, { method });
      return answer.text();
    };
    expect(await ask("POST")).toBe("");
    await eventually(async () => expect(await ask("GET")).toBe("attempt 3 of 1"));
    expect(await ask("DELETE")).toBe("");
  });
});

it("ends a Worker that does not start, and says why", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gameball-relay-probe-"));
  closing.push(async () => rm(folder, { recursive: true, force: true }));
  const config = join(folder, "wrangler.toml");
  await writeFile(config, CONFIG);
  const starting = startWorker("workerd serve", {
    config,
    code: "import 'nowhere';",
    variables: {},
  });
  await expect(starting).rejects.toThrow("nowhere");
});
