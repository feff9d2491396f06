// POST /webhooks/gameball: from bytes to the ledger, in one Durable Object call.
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { readAtMost } from "../bytes.ts";
import { verifySignature } from "../gameball/signature.ts";
import { type EventWebhook, readWebhook } from "../gameball/webhook.ts";
import { type LedgerApi, ledgerOf, partitionOf, type Refusal } from "../ledger/client.ts";
import type { RecordResult } from "../ledger/partition.ts";
import { digestCustomerId, shortDigest } from "../profile/customer-id.ts";
import { telemetryOf } from "../telemetry/telemetry.ts";
import { tellWebhook, UNKNOWN } from "../telemetry/webhook.ts";
import type { PassedOver, Taken } from "./answers.ts";
import { type AppEnv, requireConfiguration } from "./context.ts";
import { Problem } from "./problem.ts";
import { reach } from "./reach.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** Tells of every webhook once, when its answer is made, whether it was taken or refused. */
const telling = createMiddleware<AppEnv>(async (context, next) => {
  const startedAt = Date.now();
  await next();
  context.res.headers.set("x-content-type-options", "nosniff");
  const { error } = context;
  const kind = error instanceof Problem ? error.kind : "internal-error";
  const fact = {
    requestId: context.get("requestId"),
    subject: context.get("webhook") ?? UNKNOWN,
    problem: error === undefined ? null : kind,
    status: context.res.status,
    durationMs: Date.now() - startedAt,
  };
  tellWebhook(fact, telemetryOf(context.env));
});

/**
 * Gameball retries what is not answered 2xx three times and then never again, so 2xx means durable,
 * and anything else that a retry may help or that the request is not Gameball's.
 */
export const webhooks = new Hono<AppEnv>()
  .use("/gameball", telling)
  .post("/gameball", requireConfiguration, async (context) => {
    const { gameballSecretKeys, gameballClientId: clientId, topics } = context.get("configuration");
    const receivedAt = new Date();
    const announced = Number(context.req.header("content-length")) || 0;
    const { bytes, truncated } = await readAtMost(context.req.raw.body, MAX_BODY_BYTES, announced);
    if (truncated) throw new Problem("too-large", `a webhook has at most ${MAX_BODY_BYTES} bytes`);

    const signature = context.req.header("x-gb-signature");
    const body = await verifySignature(bytes, signature, gameballSecretKeys);
    if (body === null) {
      throw new Problem("invalid-signature", "X-GB-Signature does not verify with the secret key");
    }

    const webhook = await readWebhook(body, { receivedAt, clientId, topics });
    switch (webhook.kind) {
      case "not_json":
        throw new Problem("not-json", "a webhook is a JSON object in UTF-8");
      case "other_client":
        throw new Problem("other-client", "client_id is not GAMEBALL_CLIENT_ID");
      case "invalid":
        throw new Problem("invalid-webhook", "see errors", { errors: webhook.faults });
      case "ignored":
        context.set("webhook", { ...UNKNOWN, outcome: "ignored" });
        return context.json({ outcome: "ignored" } satisfies PassedOver, 200);
      case "profile":
      case "notification":
        return take(context, webhook);
    }
  })
  .all("/gameball", () => {
    throw new Problem("method-not-allowed", "webhooks are sent by POST", {
      headers: { allow: "POST" },
    });
  });

/** Takes an event: once the ledger has it, it is durable. */
async function take(context: Context<AppEnv>, webhook: EventWebhook) {
  const { event, topic } = webhook;
  const { ledgerPartitions } = context.get("configuration");
  const digest = await digestCustomerId(event.customer_id);
  const subject = { ...UNKNOWN, topic, customer: shortDigest(digest), eventId: event.event_id };
  context.set("webhook", subject);
  const ledger = ledgerOf(context.env, partitionOf(digest, ledgerPartitions));
  const recorded = await reach(record(ledger, webhook, digest));
  if (recorded.outcome === "refused") throw new Problem("not-configured", recorded.reason);
  const { outcome } = recorded;
  const sequence = outcome === "accepted" ? recorded.sequence : null;
  context.set("webhook", { ...subject, outcome, sequence });
  return recorded.outcome === "accepted"
    ? context.json({ ...recorded, event_id: event.event_id } satisfies Taken, 202)
    : context.json(recorded satisfies PassedOver, 200);
}

async function record(
  ledger: LedgerApi,
  webhook: EventWebhook,
  digest: string,
): Promise<RecordResult | Refusal> {
  switch (webhook.kind) {
    case "profile":
      return ledger.record(webhook.event, digest);
    case "notification":
      return ledger.notify(webhook.event, digest);
  }
}
