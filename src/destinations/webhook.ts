// The generic adapter: `format = "webhook"`, the relay's own event, signed by Standard Webhooks.
import type { Adapter, Delivery } from "./adapter.ts";
import { classify } from "./classify.ts";
import { standardHeaders } from "./standard-webhooks.ts";

/** The event type of a profile update, as Gameball names the topic. */
const EVENT_TYPE = "customer.profile.updated";

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

    item({ profile, changes }: Delivery): string {
      return JSON.stringify({
        id: profile.event_id,
        type: EVENT_TYPE,
        timestamp: profile.occurred_at,
        data: { ...profile, changes },
      });
    },

    request(items, destination, { now, batchId }) {
      const jsons = items.map(({ json }) => json).join(",");
      const body = batch === 1 ? jsons : `[${jsons}]`;
      const [first, ...others] = items;
      const isAlone = first !== undefined && others.length === 0;
      const id = isAlone ? first.delivery.profile.event_id : batchId;
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
