// The other half of web.ts: a worker for each CRM, which POSTs one event for each job of its queue.
import { Worker } from "bullmq";
import { Agent } from "undici";
import type { ProfileEvent } from "../profile.ts";
import { type Crm, numberOf, readRedis, readSettings } from "../settings.ts";

const TIMEOUT_MS = 10_000;
/** Calls at a time to each CRM: with CRMs that take 50 ms the best of 10, 50, 100, 150, 200 and 300. */
const CONCURRENCY = 200;

const concurrency = numberOf("CONCURRENCY", CONCURRENCY);
const connection = readRedis();
const { crms } = readSettings({ retryBaseMs: 0 });
await Promise.all(crms.map(async (crm) => startWorker(crm).waitUntilReady()));
process.stdout.write(`${JSON.stringify("workers")}\n`);

/** A job that throws is tried again, by the options it was added with. */
function startWorker({ id, url }: Crm): Worker<ProfileEvent> {
  const { origin, pathname, search } = new URL(url);
  const agent = new Agent({
    connections: concurrency,
    connectTimeout: TIMEOUT_MS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const deliver = async (event: ProfileEvent): Promise<void> => {
    const { statusCode, body } = await agent.request({
      origin,
      path: pathname + search,
      method: "POST",
      headers: { "content-type": "application/json", "webhook-id": event.id },
      body: JSON.stringify(event),
    });
    await body.dump();
    if (statusCode < 200 || statusCode > 299) throw new Error(`${id} answered ${statusCode}`);
  };
  const options = { connection, concurrency };
  const worker = new Worker<ProfileEvent>(id, async ({ data }) => deliver(data), options);
  worker.on("error", ({ message }) => process.stderr.write(`${message}\n`));
  return worker;
}
