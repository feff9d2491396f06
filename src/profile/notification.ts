// A notification: something that Gameball told a customer, as every CRM that asks for it receives it.
import * as v from "valibot";
import { jsonObject } from "../json-object.ts";
import { customerIdSchema } from "./customer-id.ts";

/**
 * A notification, in as many languages as Gameball sent it; each is kept as it came. What was sent
 * beyond the documented fields is under `attributes`. Times are RFC 3339 in UTC; `occurred_at` keeps up
 * to seven fraction digits, `received_at` three.
 */
export const notificationSchema = v.object({
  customer_id: customerIdSchema,
  gb_customer_id: v.nullable(v.string()),
  client_id: v.nullable(v.string()),
  notifications: v.pipe(v.array(jsonObject), v.readonly()),
  attributes: jsonObject,
  event_id: v.string(),
  sequence: v.pipe(v.number(), v.integer()),
  occurred_at: v.string(),
  received_at: v.string(),
});
export type Notification = v.InferOutput<typeof notificationSchema>;

/** What one accepted webhook tells, before the ledger gives it a sequence. */
export type NotificationEvent = Omit<Notification, "sequence">;
