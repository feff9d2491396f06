// The generic adapter: `format = "webhook"`, the relay's own event, signed by Standard Webhooks.
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, TOPICS } from "../../topics.ts";
import { type Delivery, eventOf } from "../adapter.ts";
import { classify } from "../classify.ts";
import type { Format } from "../format.ts";
import { standardHeaders } from "../standard-webhooks.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_RESPONSE_BYTES = 8 * 1024;

/**
 * One event is the body; with `batch` above 1 the body is always an array. `webhook-id` is the
 * event's id, or for an array an id made of all of theirs, so that every attempt at the same has the
 * same (Standard Webhooks, "Webhook identifier"). A 2xx acknowledges all of them.
 */
export const webhook: Format = {
  topics: TOPICS,
  defaultBatch: 1,
  maxBatch: 1_000,
  rate: { limit: 100, perSeconds: 1 },
  crm: null,

  adapter({ url, headers, batch, signingSecret }) {
    return {
      maxItems: batch,
      minItems: 1,
      maxBytes: MAX_BYTES,
      maxItemBytes: Infinity,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      jobs: null,

      draft(delivery) {
        const data = dataOf(delivery);
        const { event_id: id, occurred_at: timestamp } = data;
        const json = JSON.stringify({ id, type: delivery.topic, timestamp, data });
        return { json, key: null };
      },

      request(items, { now, batchId }) {
        const jsons = items.map(({ json }) => json).join(",");
        const body = batch === 1 ? jsons : `[${jsons}]`;
        const [first, ...others] = items;
        const isAlone = first !== undefined && others.length === 0;
        const id = isAlone ? eventOf(first.delivery).event_id : batchId;
        const standard = standardHeaders(body, { id, now, signingSecret });
        return { method: "POST", url, headers: { ...headers, ...standard }, body };
      },

      outcomes(response, items, { now }) {
        const outcome = classify(response, items.length, now);
        return items.map(() => outcome);
      },
    };
  },
};

/** The profile with its changes, or the notification. */
export function dataOf(delivery: Delivery) {
  switch (delivery.topic) {
    case PROFILE_TOPIC:
      return { ...delivery.profile, changes: delivery.changes };
    case NOTIFICATION_TOPIC:
      return delivery.notification;
  }
}
