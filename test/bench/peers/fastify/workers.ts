// The delivering half: a worker for each CRM with a queue of its own, so that a sick CRM delays no other.
import { Worker } from "bullmq";
import { Agent } from "undici";
import type { ProfileEvent } from "../profile.ts";
import type { Crm } from "../settings.ts";

const TIMEOUT_MS = 10_000;

/** Workers that POST each job's event to their CRM, `concurrency` at a time each. */
export function startWorkers(
  crms: readonly Crm[],
  connection: { readonly host: string; readonly port: number },
  concurrency: number,
): Worker<ProfileEvent>[] {
  return crms.map(({ id, url }) => {
    const { origin, pathname, search } = new URL(url);
    const agent = new Agent({ connections: concurrency, bodyTimeout: TIMEOUT_MS });
    const worker = new Worker<ProfileEvent>(
      id,
      async ({ data }) => {
        const { statusCode, body } = await agent.request({
          origin,
          path: pathname + search,
          method: "POST",
          headers: { "content-type": "application/json", "webhook-id": data.id },
          body: JSON.stringify(data),
          headersTimeout: TIMEOUT_MS,
        });
        await body.dump();
        if (statusCode < 200 || statusCode > 299) throw new Error(`${id} answered ${statusCode}`);
      },
      { connection, concurrency, removeOnComplete: { count: 0 } },
    );
    worker.on("error", (error) => process.stderr.write(`${error.message}\n`));
    return worker;
  });
}
