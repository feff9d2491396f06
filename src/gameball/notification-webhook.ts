// The topic `customer.notification.push`: a webhook whose `data` is one notification in several languages.
import * as v from "valibot";
import { isJsonObject, type JsonObject } from "../json-object.ts";
import type { NotificationEvent } from "../profile/notification.ts";
import { NOTIFICATION_TOPIC } from "../topics.ts";
import { eventOf, type Invalid, readBy, webhookSchema } from "./envelope.ts";

/** An array of objects (Gameball docs, Notifications), or the only one of them. */
const data = v.pipe(
  v.unknown(),
  v.transform((value) => [value].flat()),
  v.custom<readonly JsonObject[]>(
    (value) => Array.isArray(value) && value.every(isJsonObject),
    "must be an object, or an array of objects",
  ),
);

const schema = webhookSchema(data);

/** A notification's webhook, read. The event holds all that the ledger needs but a sequence. */
export interface NotificationWebhook {
  readonly kind: "notification";
  readonly topic: typeof NOTIFICATION_TOPIC;
  readonly event: NotificationEvent;
}

/** Reads a notification's webhook from its JSON; `receivedAt` is the clock. */
export async function readNotification(
  json: unknown,
  receivedAt: Date,
): Promise<NotificationWebhook | Invalid> {
  const read = readBy(schema, json, receivedAt);
  if (read.kind === "invalid") return read;
  const { webhook } = read;
  const content = {
    customer_id: webhook.customer_id,
    gb_customer_id: webhook.gb_customer_id,
    client_id: webhook.client_id,
    notifications: webhook.data,
    attributes: webhook.attributes,
    occurred_at: webhook.created_at,
  };
  const event = await eventOf(content, receivedAt);
  return { kind: "notification", topic: NOTIFICATION_TOPIC, event };
}
