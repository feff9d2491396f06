// What the formats share that carry the relay's own events: one event or an array of them in a request, signed
// by Standard Webhooks.
import type { Notification } from "../profile/notification.ts";
import type { Changes } from "../profile/changes.ts";
import type { Profile } from "../profile/profile.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC, TOPICS } from "../topics.ts";
import { type Delivery, eventOf } from "./adapter.ts";
import { forAll, MAX_ANSWER_BYTES } from "./answers.ts";
import { classify } from "./classify.ts";
import type { Format } from "./format.ts";
import { standardHeaders } from "./standard-webhooks.ts";

const MAX_BYTES = 1024 * 1024;

/** What an event says: the profile with its changes, or the notification. */
export type EventData = (Profile & { readonly changes: Changes | null }) | Notification;

/** How one such format writes an event. */
export interface EventWriting {
  /** The media type of one event, and that of an array. */
  readonly mediaTypes: { readonly one: string; readonly several: string };
  /** An event's envelope with its data in it. */
  readonly write: (data: EventData, topic: Delivery["topic"]) => unknown;
}

/**
 * A format of events. One is the body; with `batch` above 1 the body is always an array. `webhook-id` is
 * the event's id, or for an array an id made of all of theirs, so that every attempt at the same has the
 * same (Standard Webhooks, "Webhook identifier"). A 2xx acknowledges all of them.
 */
export function eventFormat({ mediaTypes, write }: EventWriting): Format {
  return {
    topics: TOPICS,
    defaultBatch: 1,
    maxBatch: 1_000,
    rate: { limit: 100, perSeconds: 1 },
    crm: null,

    adapter({ url, headers, batch, signingSecret }) {
      const contentType = batch === 1 ? mediaTypes.one : mediaTypes.several;
      return {
        maxItems: batch,
        minItems: 1,
        maxBytes: MAX_BYTES,
        maxItemBytes: Infinity,
        maxResponseBytes: MAX_ANSWER_BYTES,
        jobs: null,

        draft(delivery) {
          return { json: JSON.stringify(write(dataOf(delivery), delivery.topic)), key: null };
        },

        request(items, { now, batchId }) {
          const jsons = items.map(({ json }) => json).join(",");
          const body = batch === 1 ? jsons : `[${jsons}]`;
          const [first, ...others] = items;
          const isAlone = first !== undefined && others.length === 0;
          const id = isAlone ? eventOf(first.delivery).event_id : batchId;
          const standard = standardHeaders(body, { id, now, signingSecret, contentType });
          return { method: "POST", url, headers: { ...headers, ...standard }, body };
        },

        outcomes(response, items, { now }) {
          return forAll(items, classify(response, items.length, now));
        },
      };
    },
  };
}

function dataOf(delivery: Delivery): EventData {
  switch (delivery.topic) {
    case PROFILE_TOPIC:
      return { ...delivery.profile, changes: delivery.changes };
    case NOTIFICATION_TOPIC:
      return delivery.notification;
  }
}
