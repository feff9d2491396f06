// The profile: what the relay knows of a customer, as the lookup returns it and every CRM receives it.
import * as v from "valibot";
import { jsonObject } from "../json-object.ts";
import { timeSchema } from "../time.ts";
import { customerIdSchema } from "./customer-id.ts";

const text = v.nullable(v.string());
const number = v.nullable(v.number());

/**
 * A profile as the contract has it. What Gameball did not send is `null`; what it sent beyond the
 * documented fields is under `attributes`. Times are RFC 3339 in UTC; `occurred_at` keeps up to
 * seven fraction digits, `received_at` three.
 */
export const profileSchema = v.object({
  customer_id: customerIdSchema,
  gb_customer_id: text,
  client_id: text,
  email: text,
  mobile_number: text,
  tier: v.object({ name: text, order: number }),
  points: v.object({ activated: number, pending: number, total: number }),
  referral: v.object({ code: text, link: text }),
  attributes: jsonObject,
  event_id: v.string(),
  sequence: v.pipe(v.number(), v.integer()),
  occurred_at: timeSchema,
  received_at: timeSchema,
});
export type Profile = v.InferOutput<typeof profileSchema>;

/** What one accepted webhook says of a customer, before the ledger gives it a sequence. */
export type ProfileEvent = Omit<Profile, "sequence">;
