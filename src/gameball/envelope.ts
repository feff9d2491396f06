// What the webhooks of all topics have in common: whose they are, of when, and the id of the event.
import * as v from "valibot";
import { sha256Hex } from "../bytes.ts";
import { type Fault, faultsOf } from "../faults.ts";
import { isJsonObject, jsonObject } from "../json-object.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import { beyond, digitsOf, time, unknownAsNull } from "./fields.ts";
import { parseTime } from "./time.ts";

/** A later `created_at` would shut out every true update until the clock reaches it. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** Deeper attributes could exhaust the stack of whoever writes them as JSON again. */
const MAX_DEPTH = 32;

const EVENT_ID_DIGITS = 32;

/** A webhook of which something is wrong. */
export interface Invalid {
  readonly kind: "invalid";
  readonly faults: readonly Fault[];
}

/** What every webhook says beside its `data`. */
export const envelopeEntries = {
  event: v.string(),
  client_id: unknownAsNull(digitsOf),
  customer_id: v.pipe(digitsOf, customerIdSchema),
  gb_customer_id: unknownAsNull(digitsOf),
  created_at: time,
};

/**
 * The schema of a topic's webhooks, given that of their `data`. What is not documented at the top is
 * under `attributes`.
 */
export function webhookSchema<const TData extends v.GenericSchema>(data: TData) {
  const entries = { ...envelopeEntries, data };
  return v.pipe(
    jsonObject,
    v.check(
      (value) => !isDeeperThan(value, MAX_DEPTH),
      `must not nest more than ${MAX_DEPTH} deep`,
    ),
    v.transform((value) => ({ ...value, attributes: beyond(value, entries) })),
    v.object({ ...entries, attributes: jsonObject }),
  );
}

/** Reads a webhook by its topic's schema. Its time must not lie more than 24 hours ahead. */
export function readBy<
  const TSchema extends v.GenericSchema<unknown, { readonly created_at: string }>,
>(
  schema: TSchema,
  json: unknown,
  receivedAt: Date,
): Invalid | { readonly kind: "read"; readonly webhook: v.InferOutput<TSchema> } {
  const parsed = v.safeParse(schema, json);
  const createdAt = parsed.success ? parsed.output.created_at : createdAtOf(json);
  const faults = [...faultsOf(parsed.issues ?? []), ...faultsOfClock(createdAt, receivedAt)];
  if (!parsed.success || faults.length > 0) return { kind: "invalid", faults };
  return { kind: "read", webhook: parsed.output };
}

/**
 * An event has an id made of what it says: the same webhook, sent again, has the same id, and that is
 * how the ledger knows a duplicate. Gameball gives none.
 */
export async function eventOf<const TContent extends object>(
  content: TContent,
  receivedAt: Date,
): Promise<TContent & { readonly event_id: string; readonly received_at: string }> {
  const digest = await sha256Hex(JSON.stringify(content));
  return {
    ...content,
    event_id: `evt_${digest.slice(0, EVENT_ID_DIGITS)}`,
    received_at: receivedAt.toISOString(),
  };
}

/** When a webhook was created that has other faults; `null` where it does not say. */
function createdAtOf(json: unknown): string | null {
  const given = isJsonObject(json) ? json["created_at"] : null;
  return typeof given === "string" ? parseTime(given) : null;
}

function faultsOfClock(createdAt: string | null, receivedAt: Date): Fault[] {
  if (createdAt === null) return [];
  if (Date.parse(createdAt) <= receivedAt.getTime() + MAX_AHEAD_MS) return [];
  const detail = "must not be more than 24 hours ahead of the clock";
  return [{ pointer: "/created_at", detail }];
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
