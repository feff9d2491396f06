// The updates that benchmarks send: signed beforehand, each a little newer than the one before.
import { sampleWebhook, signBody } from "../support/gameball.ts";
import type { Newest } from "./crms/protocol.ts";

/** So that no update is from the future, however many there are. */
const AGE_MS = 3_600_000;

/** A signed webhook that only has to be sent. */
export interface Update {
  readonly customerId: string;
  /** RFC 3339. */
  readonly occurredAt: string;
  readonly body: Buffer;
  readonly signature: string;
}

/**
 * So many updates of customers that are named `prefix-0`, `prefix-1` …, taken in turn: all first ones, then
 * all second ones, and so on.
 */
export async function signUpdates(
  prefix: string,
  count: number,
  customers: number = count,
): Promise<Update[]> {
  const startMs = Date.now() - AGE_MS;
  const sample = sampleWebhook();
  const updates = Array.from({ length: count }, async (_, index): Promise<Update> => {
    const customerId = `${prefix}-${index % customers}`;
    const occurredAt = new Date(startMs + index).toISOString();
    const data = { ...sample.data, activated_points: index, total_points: index + 10 };
    const webhook = { ...sample, customer_id: customerId, created_at: occurredAt, data };
    const body = Buffer.from(JSON.stringify(webhook));
    return { customerId, occurredAt, body, signature: await signBody(body) };
  });
  return Promise.all(updates);
}

/** The newest update of each customer. */
export function newestOf(updates: readonly Update[]): Newest {
  return new Map(updates.map(({ customerId, occurredAt }) => [customerId, occurredAt]));
}
