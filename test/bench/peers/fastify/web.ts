// Fastify + BullMQ + Redis, what a careful author writes on Node: this process takes webhooks, keeps the
// newest profile in Redis, adds three jobs, one for each CRM, and answers lookups; the process of workers.ts
// sends one event for each job. Two processes, because on two cores they bring 5 to 15 % more updates in step
// than one.
//
// They promise: only signed webhooks; a lookup that never goes back; every accepted update is sent to every
// CRM, at least once, for 18 hours; a queue for each CRM, so that a sick one delays no other.
// They do not promise: order (a job that was retried may overwrite a newer profile at its CRM), fewer calls
// than updates times CRMs, or that an accepted update outlives a crash of the machine unless Redis has
// `appendfsync always`.
import { Queue } from "bullmq";
import fastify from "fastify";
import { Redis, type Result } from "ioredis";
import { eventOf, type Profile, type ProfileEvent, readWebhook } from "../profile.ts";
import { numberOf, readRedis, readSettings } from "../settings.ts";
import { hasToken, isSigned } from "../signature.ts";

const MAX_BODY_BYTES = 65_536;
const RETRY_BASE_MS = 1_000;
/** The waits double from 1 s on, and add up to 18 hours. */
const ATTEMPTS = 17;
/** Up to half sooner, so that a CRM that comes back is not called by all at once. */
const JITTER = 0.5;

/** Stores a profile unless a newer one is there: 1 when it did. One script, so that no other comes between. */
const KEEP_NEWEST = `
local stored = redis.call("HGET", KEYS[1], "occurred_at")
if stored and stored > ARGV[1] then return 0 end
redis.call("HSET", KEYS[1], "occurred_at", ARGV[1], "profile", ARGV[2])
return 1`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    keepNewest(key: string, occurredAt: string, profile: string): Result<number, Context>;
  }
}

const { crms, secretKey, apiToken, retryBaseMs } = readSettings({ retryBaseMs: RETRY_BASE_MS });
const redis = new Redis({ ...readRedis(), maxRetriesPerRequest: null });
redis.defineCommand("keepNewest", { numberOfKeys: 1, lua: KEEP_NEWEST });
const defaultJobOptions = {
  attempts: ATTEMPTS,
  backoff: { type: "exponential", delay: retryBaseMs, jitter: JITTER },
  removeOnComplete: true,
};
const queues = crms.map(
  ({ id }) => new Queue<ProfileEvent>(id, { connection: redis, defaultJobOptions }),
);

const app = fastify({ bodyLimit: MAX_BODY_BYTES });
// The signature is of the bytes as they came.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

app.post<{ Body: Buffer }>("/webhooks/gameball", async ({ body, headers }, reply) => {
  if (!isSigned(body, headers["x-gb-signature"], secretKey)) {
    return reply.code(401).send("wrong signature");
  }
  const webhook = readWebhook(body.toString());
  switch (webhook.kind) {
    case "ignored":
      return { outcome: "ignored" };
    case "invalid":
      return reply.code(422).send(webhook.reason);
    case "profile":
      if (!(await keepNewest(webhook.profile))) return { outcome: "stale" };
      await enqueue(eventOf(webhook.profile));
      reply.code(202);
      return { outcome: "accepted", event_id: webhook.profile.event_id };
  }
});

app.get<{ Params: { id: string } }>("/v1/profiles/:id", async ({ params, headers }, reply) => {
  if (!hasToken(headers.authorization, apiToken)) return reply.code(401).send("unauthorized");
  const profile = await redis.hget(keyOf(params.id), "profile");
  if (profile === null) return reply.code(404).send("not found");
  return reply.type("application/json").send(profile);
});

const address = await app.listen({ host: "127.0.0.1", port: numberOf("PORT", 0) });
process.stdout.write(`${JSON.stringify(address)}\n`);

/** As old as the stored one is no reason to refuse: Gameball repeats what was stored but not queued. */
async function keepNewest(profile: Profile): Promise<boolean> {
  const { customer_id, occurred_at } = profile;
  return (await redis.keepNewest(keyOf(customer_id), occurred_at, JSON.stringify(profile))) === 1;
}

/** When one of the queues fails, the answer is a 500, and Gameball sends the webhook again. */
async function enqueue(event: ProfileEvent): Promise<void> {
  await Promise.all(queues.map(async (queue) => queue.add("deliver", event)));
}

function keyOf(customerId: string): string {
  return `profile:${customerId}`;
}
