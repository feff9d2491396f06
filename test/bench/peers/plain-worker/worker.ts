// The plain Worker: what a careful author writes on Cloudflare without a ledger. One KV value for each
// customer, one queue message for each CRM, one POST for each message.
//
// It promises: only signed webhooks; every accepted update is sent to every CRM, at least once, for as long
// as the queue's retries last; messages to a CRM that fails are retried without those to the others.
// It does not promise: order (a message that was retried may overwrite a newer profile at its CRM, and two
// webhooks at once may leave the older profile in KV, which has no compare-and-set); fewer calls than
// updates times CRMs; more than one write a second for a customer, which is KV's own limit; or that a CRM
// that hangs holds up no other, since they share batches.
import { eventOf, type Profile, type ProfileEvent, readWebhook } from "../profile.ts";

interface Crm {
  readonly id: string;
  readonly url: string;
}

interface Delivery {
  readonly url: string;
  readonly event: ProfileEvent;
}

interface Env {
  readonly PROFILES: KVNamespace;
  readonly DELIVERIES: Queue<Delivery>;
  /** JSON: `[{ "id": "hubspot", "url": "https://…" }]`. */
  readonly CRMS: string;
  readonly GAMEBALL_SECRET_KEY: string;
  readonly API_TOKEN: string;
  /** Before the second attempt; 1 unless set. It doubles with each. */
  readonly RETRY_BASE_SECONDS?: string;
}

const MAX_BODY_BYTES = 65_536;
const TIMEOUT_MS = 10_000;
const MAX_RETRY_SECONDS = 3_600;
const WEBHOOKS = "/webhooks/gameball";
const PROFILES = "/v1/profiles/";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (request.method === "POST" && pathname === WEBHOOKS) return receive(request, env);
    if (request.method === "GET" && pathname.startsWith(PROFILES)) {
      return lookUp(request, decodeURIComponent(pathname.slice(PROFILES.length)), env);
    }
    return new Response("not found", { status: 404 });
  },

  /** All at once: the platform itself lets six connections wait for an answer, and queues the rest. */
  async queue(batch, env) {
    await Promise.all(batch.messages.map(async (message) => deliver(message, env)));
  },
} satisfies ExportedHandler<Env, Delivery>;

/** Answers 2xx once the profile is in KV and a message for each CRM in the queue; else Gameball retries. */
async function receive(request: Request, env: Env): Promise<Response> {
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > MAX_BODY_BYTES) return new Response("too large", { status: 413 });
  if (!(await isSigned(body, request.headers.get("x-gb-signature"), env.GAMEBALL_SECRET_KEY))) {
    return new Response("wrong signature", { status: 401 });
  }
  const webhook = readWebhook(decoder.decode(body));
  switch (webhook.kind) {
    case "ignored":
      return Response.json({ outcome: "ignored" });
    case "invalid":
      return new Response(webhook.reason, { status: 422 });
    case "profile":
      return store(webhook.profile, env);
  }
}

/** As old as the stored one is no reason to refuse: Gameball repeats what was stored but not queued. */
async function store(profile: Profile, env: Env): Promise<Response> {
  const stored = await env.PROFILES.get<Profile>(profile.customer_id, "json");
  if (stored !== null && stored.occurred_at > profile.occurred_at) {
    return Response.json({ outcome: "stale" });
  }
  const event = eventOf(profile);
  const crms = JSON.parse(env.CRMS) as readonly Crm[];
  await Promise.all([
    env.PROFILES.put(profile.customer_id, JSON.stringify(profile)),
    env.DELIVERIES.sendBatch(crms.map(({ url }) => ({ body: { url, event } }))),
  ]);
  return Response.json({ outcome: "accepted", event_id: event.id }, { status: 202 });
}

async function deliver(message: Message<Delivery>, env: Env): Promise<void> {
  const { url, event } = message.body;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "webhook-id": event.id },
      body: JSON.stringify(event),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer(); // so that the connection is free for the next
    if (response.ok) {
      message.ack();
      return;
    }
  } catch {
    // No answer: tried again like any other failure.
  }
  const seconds = Number(env.RETRY_BASE_SECONDS ?? 1) * 2 ** (message.attempts - 1);
  message.retry({ delaySeconds: Math.min(seconds, MAX_RETRY_SECONDS) });
}

async function lookUp(request: Request, customerId: string, env: Env): Promise<Response> {
  const authorization = request.headers.get("authorization") ?? "";
  if (!isEqual(encoder.encode(authorization), encoder.encode(`Bearer ${env.API_TOKEN}`))) {
    return new Response("unauthorized", { status: 401 });
  }
  const profile = await env.PROFILES.get(customerId);
  if (profile === null) return new Response("not found", { status: 404 });
  return new Response(profile, { headers: { "content-type": "application/json" } });
}

/**
 * `X-GB-Signature` is `hex(sha1(body + ":" + secret key))`, of the body as it came or, as Gameball's own
 * sample has it, as JavaScript writes it again.
 */
async function isSigned(body: Uint8Array, signature: string | null, key: string): Promise<boolean> {
  if (signature === null || !/^[0-9a-f]{40}$/i.test(signature)) return false;
  const presented = Uint8Array.fromHex(signature);
  if (isEqual(await digestOf(body, key), presented)) return true;
  try {
    const rewritten = JSON.stringify(JSON.parse(decoder.decode(body)));
    return isEqual(await digestOf(encoder.encode(rewritten), key), presented);
  } catch {
    return false; // not JSON
  }
}

async function digestOf(body: Uint8Array, key: string): Promise<Uint8Array> {
  const suffix = encoder.encode(`:${key}`);
  const signed = new Uint8Array(body.byteLength + suffix.byteLength);
  signed.set(body);
  signed.set(suffix, body.byteLength);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", signed));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && crypto.subtle.timingSafeEqual(a, b);
}
