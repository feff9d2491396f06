// What a verified webhook says, if somebody wants to hear it: its client, its topic, and the event in it.
import * as v from "valibot";
import { faultsOf } from "../faults.ts";
import { jsonObject } from "../json-object.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, type Topic } from "../topics.ts";
import type { Invalid } from "./envelope.ts";
import { digitsOf } from "./fields.ts";
import { NOT_JSON, parseJson } from "./json.ts";
import { type NotificationWebhook, readNotification } from "./notification-webhook.ts";
import { type ProfileWebhook, readProfile } from "./profile-webhook.ts";
import type { VerifiedBody } from "./signature.ts";

/** A webhook with an event in it. */
export type EventWebhook = ProfileWebhook | NotificationWebhook;

/** A webhook, read. */
export type Webhook =
  | EventWebhook
  | Invalid
  | { readonly kind: "ignored"; readonly topic: string }
  | { readonly kind: "other_client" }
  | { readonly kind: "not_json" };

const READERS: Readonly<
  Record<Topic, (json: unknown, receivedAt: Date) => Promise<EventWebhook | Invalid>>
> = { [PROFILE_TOPIC]: readProfile, [NOTIFICATION_TOPIC]: readNotification };

/** Enough of a webhook to know whether to read on. */
const headSchema = v.pipe(
  jsonObject,
  v.object({ event: v.string(), client_id: v.optional(v.unknown()) }),
);

/**
 * Reads a verified body. `receivedAt` is the clock; `clientId`, when configured, is the only client
 * whose webhooks are taken; a webhook of none of the `topics` is ignored, whatever else it says.
 */
export async function readWebhook(
  body: VerifiedBody,
  options: {
    readonly receivedAt: Date;
    readonly clientId: string | null;
    readonly topics: readonly Topic[];
  },
): Promise<Webhook> {
  const json = parseJson(body);
  if (json === NOT_JSON) return { kind: "not_json" };
  const head = v.safeParse(headSchema, json);
  if (!head.success) return { kind: "invalid", faults: faultsOf(head.issues) };
  const { event, client_id: clientId } = head.output;
  if (options.clientId !== null) {
    const client = v.safeParse(digitsOf, clientId);
    if (!client.success || client.output !== options.clientId) return { kind: "other_client" };
  }
  const topic = options.topics.find((wanted) => wanted === event);
  if (topic === undefined) return { kind: "ignored", topic: event };
  return READERS[topic](json, options.receivedAt);
}
