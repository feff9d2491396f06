// What the tests of adapters share: items as an adapter drafts them, and answers as a CRM gives them.
import type { Adapter, Answer, Delivery, Item } from "../../src/destinations/adapter.ts";

/** Deliveries in an adapter's words; each of them must be sendable. */
export function itemsOf(adapter: Adapter, deliveries: readonly Delivery[]): Item[] {
  return deliveries.map((delivery) => {
    const draft = adapter.draft(delivery);
    if ("fault" in draft) throw new Error(`not sendable: ${draft.fault}`);
    return { delivery, ...draft };
  });
}

/** A CRM's answer: a text as it is, anything else as JSON. */
export function answerOf(
  status: number,
  body: unknown = "",
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "response", status, headers: new Headers(headers), text };
}
