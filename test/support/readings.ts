// Reads a webhook as the relay does once its signature is verified.
import { utf8 } from "../../src/bytes.ts";
import type { VerifiedBody } from "../../src/gameball/signature.ts";
import { readWebhook, type Webhook } from "../../src/gameball/webhook.ts";
import type { ProfileEvent } from "../../src/profile/profile.ts";

/** The clock of `readBody`: a year after the sample. */
export const NOW = new Date("2025-11-19T00:00:00.000Z");

/** Reads a body, given as text, bytes or a value to be written as JSON. */
export async function readBody(
  body: string | Uint8Array | object,
  clientId: string | null = null,
): Promise<Webhook> {
  const bytes = body instanceof Uint8Array ? body : utf8(asText(body));
  return readWebhook(bytes as VerifiedBody, { receivedAt: NOW, clientId });
}

/** The event in a body that must hold one. */
export async function eventIn(body: string | object): Promise<ProfileEvent> {
  const webhook = await readBody(body);
  if (webhook.kind !== "profile") throw new Error(`no profile: ${JSON.stringify(webhook)}`);
  return webhook.event;
}

/** The pointers of everything that is wrong with a body. */
export async function faultsIn(body: string | object): Promise<readonly string[]> {
  const webhook = await readBody(body);
  return webhook.kind === "invalid" ? webhook.faults.map(({ pointer }) => pointer) : [];
}

function asText(body: string | object): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}
