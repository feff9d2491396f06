// The generic adapter: `format = "webhook"`, the relay's own event.
import { eventFormat } from "../event-format.ts";

const JSON_TYPE = "application/json";

/** An event in the envelope that Standard Webhooks recommends ("Payload structure"), and its id. */
export const webhook = eventFormat({
  mediaTypes: { one: JSON_TYPE, several: JSON_TYPE },
  write: (data, type) => {
    const { event_id: id, occurred_at: timestamp } = data;
    return { id, type, timestamp, data };
  },
});
