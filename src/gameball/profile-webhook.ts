// The topic `customer.profile.updated`: a webhook whose `data` is the customer's profile.
import * as v from "valibot";
import { isJsonObject, type JsonObject, jsonObject } from "../json-object.ts";
import type { ProfileEvent } from "../profile/profile.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import { eventOf, type Invalid, readBy, webhookSchema } from "./envelope.ts";
import { beyond, number, unknownAsNull } from "./fields.ts";

/** The documented fields of `data`; none is marked required, so a missing one is "not known". */
export const dataEntries = {
  email: unknownAsNull(v.string()),
  mobile_number: unknownAsNull(v.string()),
  tier_name: unknownAsNull(v.string()),
  tier_order: unknownAsNull(number),
  referral_code: unknownAsNull(v.string()),
  referral_link: unknownAsNull(v.string()),
  activated_points: unknownAsNull(number),
  pending_points: unknownAsNull(number),
  total_points: unknownAsNull(number),
};

/** The first page called `data` an array: one that holds exactly one object is that object. */
const data = v.pipe(
  v.unknown(),
  v.transform((value) => (Array.isArray(value) && value.length === 1 ? value[0] : value)),
  v.custom<JsonObject>(isJsonObject, "must be an object, or an array of exactly one object"),
  v.transform((value) => ({ ...value, attributes: beyond(value, dataEntries) })),
  v.object({ ...dataEntries, attributes: jsonObject }),
);

const schema = webhookSchema(data);

/** A profile's webhook, read. The event holds all that the ledger needs but a sequence. */
export interface ProfileWebhook {
  readonly kind: "profile";
  readonly topic: typeof PROFILE_TOPIC;
  readonly event: ProfileEvent;
}

/** Reads a profile's webhook from its JSON; `receivedAt` is the clock. */
export async function readProfile(
  json: unknown,
  receivedAt: Date,
): Promise<ProfileWebhook | Invalid> {
  const read = readBy(schema, json, receivedAt);
  if (read.kind === "invalid") return read;
  const { data: fields, ...webhook } = read.webhook;
  const content = {
    customer_id: webhook.customer_id,
    gb_customer_id: webhook.gb_customer_id,
    client_id: webhook.client_id,
    email: fields.email,
    mobile_number: fields.mobile_number,
    tier: { name: fields.tier_name, order: fields.tier_order },
    points: {
      activated: fields.activated_points,
      pending: fields.pending_points,
      total: fields.total_points,
    },
    referral: { code: fields.referral_code, link: fields.referral_link },
    attributes: { ...webhook.attributes, ...fields.attributes },
    occurred_at: webhook.created_at,
  };
  const event = await eventOf(content, receivedAt);
  return { kind: "profile", topic: PROFILE_TOPIC, event };
}
