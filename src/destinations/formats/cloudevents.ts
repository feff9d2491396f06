// CloudEvents 1.0: the relay's own event in the envelope that event brokers and buses read, by the HTTP
// binding's structured mode, and in batches by its batched mode.
import { eventFormat } from "../event-format.ts";

const SPEC_VERSION = "1.0";
const DATA_TYPE = "application/json";

/** What no attribute may hold (CloudEvents 1.0.2, "Type System"); unpaired surrogates are in no customer's id. */
const FORBIDDEN = /[\p{Cc}\p{Noncharacter_Code_Point}]/u;

/**
 * `id`, which is the same at every attempt, is unique for its `source`: Gameball's client. The media types
 * are those of JSON (CloudEvents' HTTP binding 1.0.2 §3.2.1 and §3.3.1); a batch is sent to whoever asked
 * for one by `batch`, as §1.3 wants it.
 */
export const cloudevents = eventFormat({
  mediaTypes: {
    one: "application/cloudevents+json",
    several: "application/cloudevents-batch+json",
  },
  write: (data, type) => ({
    specversion: SPEC_VERSION,
    id: data.event_id,
    source: sourceOf(data.client_id),
    type,
    ...(FORBIDDEN.test(data.customer_id) ? {} : { subject: data.customer_id }),
    time: data.occurred_at,
    datacontenttype: DATA_TYPE,
    data,
  }),
});

/** A URI-reference (RFC 3986 §4.1) for a client, where Gameball named one. */
function sourceOf(clientId: string | null): string {
  if (clientId === null || clientId === "") return "/gameball";
  return `/gameball/clients/${encodeURIComponent(clientId.toWellFormed())}`;
}
