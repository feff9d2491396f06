// What a profile says, for comparing what Gameball sent with what others hold. Written apart from the
// relay's own code, so that the two check each other. Pure.
import { isDeepStrictEqual } from "node:util";
import type { Answered, Content } from "./history.ts";
import { type Update, webhookOf } from "./schedule.ts";

/** What everybody should know once they have heard of an update. */
export function contentOfUpdate(update: Update): Content {
  const { client_id: client, gb_customer_id: id, data } = webhookOf(update);
  return {
    client_id: client,
    gb_customer_id: String(id),
    email: data.email,
    mobile_number: data.mobile_number,
    "tier.name": data.tier_name,
    "tier.order": data.tier_order,
    "points.activated": data.activated_points,
    "points.pending": data.pending_points,
    "points.total": data.total_points,
    "referral.code": data.referral_code,
    "referral.link": data.referral_link,
    ...(update.city === null ? {} : { "attributes.city": update.city }),
  };
}

/** The newest update of each customer, whatever the order in which they came. */
export function newestUpdates(webhooks: readonly Answered[]): ReadonlyMap<string, Update> {
  const newest = new Map<string, Update>();
  for (const { update } of webhooks) {
    const known = newest.get(update.customer);
    if (known === undefined || known.step < update.step) newest.set(update.customer, update);
  }
  return newest;
}

/** Whether two say the same; the order of their keys does not matter. */
export function isSame(left: Content, right: Content): boolean {
  return isDeepStrictEqual(left, right);
}
