// Fastify + BullMQ + Redis: what a careful author writes on Node. A web server that keeps the newest profile
// in Redis and adds three jobs, one for each CRM; workers that POST one event for each job.
import { FlowProducer } from "bullmq";
import { Redis } from "ioredis";
import { needed, numberOf, readSettings } from "../settings.ts";
import { webServer } from "./web.ts";
import { startWorkers } from "./workers.ts";

const settings = readSettings({ retryBaseMs: 1_000 });
const connection = { host: "127.0.0.1", port: Number(needed("REDIS_PORT")) };
const role = process.argv[2] ?? "all";
const ready: string[] = [];
if (role !== "web") {
  const workers = startWorkers(settings.crms, connection, numberOf("CONCURRENCY", 50));
  await Promise.all(workers.map(async (worker) => worker.waitUntilReady()));
}
if (role !== "workers") {
  const redis = new Redis(connection);
  const flows = new FlowProducer({ connection });
  flows.on("error", (error) => process.stderr.write(`${error.message}\n`));
  const app = webServer(settings, redis, flows);
  ready.push(await app.listen({ host: "127.0.0.1", port: numberOf("PORT", 0) }));
}
process.stdout.write(`${JSON.stringify(ready[0] ?? role)}\n`);
