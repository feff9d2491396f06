// Reads a webhook as the relay does once its signature is verified.
import { utf8 } from "../../src/bytes.ts";
import type { VerifiedBody } from "../../src/gameball/signature.ts";
import { readWebhook, type Webhook } from "../../src/gameball/webhook.ts";
import type { NotificationEvent } from "../../src/profile/notification.ts";
import type { ProfileEvent } from "../../src/profile/profile.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, type Topic, TOPICS } from "../../src/topics.ts";

/** The clock of `readBody`: a year after the sample. */
export const NOW = new Date("2025-11-19T00:00:00.000Z");

/** Reads a body, given as text, bytes or a value to be written as JSON. */
export async function readBody(
  body: string | Uint8Array | object,
  options: { readonly clientId?: string; readonly topics?: readonly Topic[] } = {},
): Promise<Webhook> {
  const { clientId = null, topics = [PROFILE_TOPIC] } = options;
  const bytes = body instanceof Uint8Array ? body : utf8(asText(body));
  return readWebhook(bytes as VerifiedBody, { receivedAt: NOW, clientId, topics });
}

/** The event in a body that must hold one. */
export async function eventIn(body: string | object): Promise<ProfileEvent> {
  const webhook = await readBody(body);
  if (webhook.kind !== "profile") throw new Error(`no profile: ${JSON.stringify(webhook)}`);
  return webhook.event;
}

/** The notification in a body that must hold one. */
export async function notificationIn(body: string | object): Promise<NotificationEvent> {
  const webhook = await readBody(body, { topics: [NOTIFICATION_TOPIC] });
  if (webhook.kind !== "notification") throw new Error(`none: ${JSON.stringify(webhook)}`);
  return webhook.event;
}

/** The pointers of everything that is wrong with a body. */
export async function faultsIn(body: string | object): Promise<readonly string[]> {
  const webhook = await readBody(body, { topics: TOPICS });
  return webhook.kind === "invalid" ? webhook.faults.map(({ pointer }) => pointer) : [];
}

function asText(body: string | object): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
