// What Gameball sends in the demo: the documented sample, and then news of the same customer.
import { sampleWebhook } from "../support/gameball.ts";

const POINTS_STEP = 100;
const GOLD_FROM = 300;

/** The customer whom it is all about. */
export const CUSTOMER_ID = sampleWebhook().customer_id;

/** The documented sample as it stands. */
export const SAMPLE = sampleWebhook();

/** The `count`-th update after the sample (1, 2, 3 …): more points each time, and gold from 300 on. */
export function updateWebhook(count: number, now: Date) {
  const { data } = SAMPLE;
  const activated = data.activated_points + count * POINTS_STEP;
  const total = activated + data.pending_points;
  const tier = total >= GOLD_FROM ? { tier_name: "gold", tier_order: 2 } : {};
  return sampleWebhook({
    created_at: now.toISOString(),
    data: { ...data, ...tier, activated_points: activated, total_points: total },
  });
}
