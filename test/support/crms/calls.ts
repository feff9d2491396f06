// A call of a fake vendor without the network: its request is handed over as the server would, and its
// answer handed back.
import type {
  Adapter,
  Answer,
  Delivery,
  Item,
  Outcome,
  RequestSpec,
} from "../../../src/destinations/adapter.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { answerOf, itemsOf } from "../adapters.ts";
import { customerIdOf, sampleDelivery } from "../samples.ts";
import type { FakeVendor, VendorRequest } from "./vendor.ts";

/** When these calls are made (ms of Unix time). */
export const NOW = Date.parse("2026-01-01T00:00:00Z");

/** A call that was answered. */
export interface AnsweredCall {
  readonly items: readonly Item[];
  readonly spec: RequestSpec;
  readonly answer: Answer;
  readonly outcomes: readonly Outcome[];
}

/** Sends deliveries in one call, with the headers that a token makes. */
export function callVendor(
  vendor: FakeVendor,
  adapter: Adapter,
  deliveries: readonly Delivery[],
  headers: Readonly<Record<string, string>> = vendor.tokenHeaders,
): AnsweredCall {
  const items = itemsOf(adapter, deliveries);
  const spec = adapter.request(items, { now: NOW, batchId: "batch_1" });
  const {
    status,
    body = {},
    headers: answered,
  } = vendor.answer(requestOf(spec, { ...vendor.tokenHeaders, ...headers }));
  const answer = answerOf(status, body, answered);
  return { items, spec, answer, outcomes: adapter.outcomes(answer, items, { now: NOW }) };
}

/** First deliveries of so many customers, `customer-0` and so on. */
export function deliveriesOf(count: number, changes: Partial<Profile> = {}) {
  return Array.from({ length: count }, (_, index) =>
    sampleDelivery({
      customer_id: customerIdOf(`customer-${index}`),
      email: `Customer.${index}@example.com`,
      event_id: `evt_${index}`,
      ...changes,
    }),
  );
}

/** A profile of which nothing is known but its ids. */
export const UNKNOWN: Partial<Profile> = {
  mobile_number: null,
  tier: { name: null, order: null },
  points: { activated: null, pending: null, total: null },
  referral: { code: null, link: null },
};

/** The request of one call, and its body's JSON. */
export function sentBy(adapter: Adapter, deliveries: readonly Delivery[]) {
  const items = itemsOf(adapter, deliveries);
  const { body, ...spec } = adapter.request(items, { now: NOW, batchId: "batch_1" });
  return { ...spec, body: JSON.parse(body ?? "") as unknown };
}

/** How the deliveries of one call end with an answer. */
export function endedBy(
  adapter: Adapter,
  deliveries: readonly Delivery[],
  ...answer: Parameters<typeof answerOf>
): readonly Outcome[] {
  return adapter.outcomes(answerOf(...answer), itemsOf(adapter, deliveries), { now: NOW });
}

/** Outcomes without their words, in short. */
export function kindsOf(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ kind }) => kind);
}

/** A request as a server sees it. */
export function requestOf(
  spec: RequestSpec,
  headers: Readonly<Record<string, string>> = {},
): VendorRequest {
  const { pathname: path, searchParams: query } = new URL(spec.url);
  const lower = Object.entries({ ...spec.headers, ...headers }).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const { method, body } = spec;
  return { method, path, query, headers: Object.fromEntries(lower), body: body ?? "" };
}
