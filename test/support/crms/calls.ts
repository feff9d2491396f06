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
import { answerOf, itemsOf } from "../adapters.ts";
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

/** Sends deliveries in one call, with further headers such as the one that a token makes. */
export function callVendor(
  vendor: FakeVendor,
  adapter: Adapter,
  deliveries: readonly Delivery[],
  headers: Readonly<Record<string, string>> = {},
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
