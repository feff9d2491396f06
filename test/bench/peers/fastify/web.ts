// The web half: webhooks in, lookups out. A 2xx says that the profile and its three jobs are in Redis.
import fastify, { type FastifyInstance } from "fastify";
import type { FlowProducer } from "bullmq";
import type { Redis, Result } from "ioredis";
import { eventOf, type Profile, readWebhook } from "../profile.ts";
import type { Settings } from "../settings.ts";
import { hasToken, isSigned } from "../signature.ts";

const MAX_BODY_BYTES = 65_536;

/**
 * About 18 hours of attempts: 1 s, 2 s, 4 s … after the first, each up to half sooner, so that a CRM which
 * comes back is not called by all at once.
 */
const ATTEMPTS = 17;
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

/** The web server, not yet listening. */
export function webServer(settings: Settings, redis: Redis, flows: FlowProducer): FastifyInstance {
  const { crms, secretKey, apiToken, retryBaseMs } = settings;
  redis.defineCommand("keepNewest", { numberOfKeys: 1, lua: KEEP_NEWEST });
  const options = {
    attempts: ATTEMPTS,
    backoff: { type: "exponential", delay: retryBaseMs, jitter: JITTER },
    removeOnComplete: true,
  };

  /** As old as the stored one is no reason to refuse: Gameball repeats what was stored but not queued. */
  async function store(profile: Profile): Promise<boolean> {
    const value = JSON.stringify(profile);
    const isKept = await redis.keepNewest(keyOf(profile.customer_id), profile.occurred_at, value);
    if (isKept === 0) return false;
    const data = eventOf(profile);
    await flows.addBulk(
      crms.map(({ id }) => ({ name: "deliver", queueName: id, data, opts: options })),
    );
    return true;
  }

  const app = fastify({ bodyLimit: MAX_BODY_BYTES });
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
        if (!(await store(webhook.profile))) return { outcome: "stale" };
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
  return app;
}

function keyOf(customerId: string): string {
  return `profile:${customerId}`;
}
