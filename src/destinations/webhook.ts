// The generic adapter: `format = "webhook"`, the relay's own event, signed by Standard Webhooks.
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import { type Adapter, type Delivery, eventIdOf } from "./adapter.ts";
import { classify } from "./classify.ts";
import { standardHeaders } from "./standard-webhooks.ts";

const MAX_BYTES = 1024 * 1024;

/**
 * One event is the body; with `batch` above 1 the body is always an array. `webhook-id` is the
 * event's id, or for an array an id made of all of theirs, so that every attempt at the same has the
 * same (Standard Webhooks, "Webhook identifier"). A 2xx acknowledges all of them.
 */
export function webhookAdapter(batch: number): Adapter {
  return {
    maxItems: batch,
    maxBytes: MAX_BYTES,

    item(delivery) {
      const data = dataOf(delivery);
      const { event_id: id, occurred_at: timestamp } = data;
      return JSON.stringify({ id, type: delivery.topic, timestamp, data });
    },

    request(items, destination, { now, batchId }) {
      const jsons = items.map(({ json }) => json).join(",");
      const body = batch === 1 ? jsons : `[${jsons}]`;
      const [first, ...others] = items;
      const isAlone = first !== undefined && others.length === 0;
      const id = isAlone ? eventIdOf(first.delivery) : batchId;
      return {
        method: "POST",
        url: destination.url,
        headers: {
          ...destination.headers,
          ...standardHeaders(body, { id, now, signingSecret: destination.signingSecret }),
        },
        body,
      };
    },

    outcomes(response, deliveries, { now }) {
      const outcome = classify(response, deliveries.length, now);
      return deliveries.map(() => outcome);
    },
  };
}

/** The profile with its changes, or the notification. */
function dataOf(delivery: Delivery) {
  switch (delivery.topic) {
    case PROFILE_TOPIC:
      return { ...delivery.profile, changes: delivery.changes };
    case NOTIFICATION_TOPIC:
      return delivery.notification;
  }
}
