// What a verified webhook says: its JSON, its topic, and the profile in it, with every reading of
// the fields that Gameball's page, docs and samples give between them.
import * as v from "valibot";
import { sha256Hex } from "../bytes.ts";
import { type Fault, faultsOf } from "../faults.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import type { ProfileEvent } from "../profile/profile.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import type { VerifiedBody } from "./signature.ts";
import { parseTime } from "./time.ts";

/** A later `created_at` would shut out every true update until the clock reaches it. */
const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/** Deeper attributes could exhaust the stack of whoever writes them as JSON again. */
const MAX_DEPTH = 32;

const EVENT_ID_DIGITS = 32;

/** A webhook, read. `profile` holds all that the ledger needs but a sequence. */
export type Webhook =
  | { readonly kind: "profile"; readonly event: ProfileEvent }
  | { readonly kind: "ignored"; readonly topic: string }
  | { readonly kind: "other_client" }
  | { readonly kind: "not_json" }
  | { readonly kind: "invalid"; readonly faults: readonly Fault[] };

const digitsOf = v.union(
  [v.string(), v.pipe(v.number(), v.finite(), v.transform(String))],
  "must be a string or a number",
);

const customerId = v.pipe(digitsOf, customerIdSchema);

const createdAt = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const time = parseTime(dataset.value);
    if (time !== null) return time;
    addIssue({ message: "must be an RFC 3339 time with at most 7 fraction digits" });
    return NEVER;
  }),
);

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const number = v.union(
  [
    v.pipe(v.number(), v.finite()),
    v.pipe(v.string(), v.trim(), v.regex(NUMERIC), v.transform(Number), v.finite()),
  ],
  "must be a number or a numeric string",
);

const unknownAsNull = <const TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.nullish(schema, null);

/** The documented fields of `data`; none is marked required, so a missing one is "not known". */
const dataEntries = {
  email: unknownAsNull(v.string()),
  mobile_number: unknownAsNull(v.string()),
  tier_name: unknownAsNull(v.string()),
  tier_order: unknownAsNull(number),
  referral_code: unknownAsNull(v.string()),
  referral_link: unknownAsNull(v.string()),
  activated_points: unknownAsNull(number),
  pending_points: unknownAsNull(number),
  total_points: unknownAsNull(number),
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const object = v.custom<Record<string, unknown>>(isObject, "must be an object");

/** The first page called `data` an array: one that holds exactly one object is that object. */
const data = v.pipe(
  v.unknown(),
  v.transform((value) => (Array.isArray(value) && value.length === 1 ? value[0] : value)),
  v.custom<Record<string, unknown>>(
    isObject,
    "must be an object, or an array of exactly one object",
  ),
  v.transform((value) => ({ ...value, attributes: beyond(value, dataEntries) })),
  v.object({ ...dataEntries, attributes: object }),
);

const envelopeEntries = {
  event: v.literal(PROFILE_TOPIC),
  client_id: unknownAsNull(digitsOf),
  customer_id: customerId,
  gb_customer_id: unknownAsNull(digitsOf),
  created_at: createdAt,
  data,
};

const webhookSchema = v.pipe(
  object,
  v.check((value) => !isDeeperThan(value, MAX_DEPTH), `must not nest more than ${MAX_DEPTH} deep`),
  v.transform((value) => ({ ...value, attributes: beyond(value, envelopeEntries) })),
  v.object({ ...envelopeEntries, attributes: object }),
);

/**
 * Reads a verified body. `receivedAt` is the clock; `clientId`, when configured, is the only client
 * whose webhooks are taken. Times must not lie more than 24 hours ahead.
 */
export async function readWebhook(
  body: VerifiedBody,
  options: { readonly receivedAt: Date; readonly clientId: string | null },
): Promise<Webhook> {
  const json = parseJson(body);
  if (json === NOT_JSON) return { kind: "not_json" };
  const envelope = v.safeParse(
    v.pipe(object, v.object({ event: v.string(), client_id: v.optional(v.unknown()) })),
    json,
  );
  if (!envelope.success) return { kind: "invalid", faults: faultsOf(envelope.issues) };
  const { event: topic, client_id: clientId } = envelope.output;
  if (options.clientId !== null) {
    const client = v.safeParse(digitsOf, clientId);
    if (!client.success || client.output !== options.clientId) return { kind: "other_client" };
  }
  if (topic !== PROFILE_TOPIC) return { kind: "ignored", topic };

  const parsed = v.safeParse(webhookSchema, json);
  const faults = [...faultsOf(parsed.issues ?? []), ...faultsOfClock(json, options.receivedAt)];
  if (!parsed.success || faults.length > 0) return { kind: "invalid", faults };
  return { kind: "profile", event: await toEvent(parsed.output, options.receivedAt) };
}

function faultsOfClock(json: unknown, receivedAt: Date): Fault[] {
  const given = isObject(json) ? json["created_at"] : null;
  const time = typeof given === "string" ? parseTime(given) : null;
  if (time === null || Date.parse(time) <= receivedAt.getTime() + MAX_AHEAD_MS) return [];
  const detail = "must not be more than 24 hours ahead of the clock";
  return [{ pointer: "/created_at", detail }];
}

/**
 * The event has an id made of what it says: the same webhook, sent again, has the same id, and that
 * is how the ledger knows a duplicate. Gameball gives none.
 */
async function toEvent(
  webhook: v.InferOutput<typeof webhookSchema>,
  receivedAt: Date,
): Promise<ProfileEvent> {
  const fields = webhook.data;
  const content = {
    customer_id: webhook.customer_id,
    gb_customer_id: webhook.gb_customer_id,
    client_id: webhook.client_id,
    email: fields.email,
    mobile_number: fields.mobile_number,
    tier: { name: fields.tier_name, order: fields.tier_order },
    points: {
      activated: fields.activated_points,
      pending: fields.pending_points,
      total: fields.total_points,
    },
    referral: { code: fields.referral_code, link: fields.referral_link },
    attributes: { ...webhook.attributes, ...fields.attributes },
    occurred_at: webhook.created_at,
  };
  const digest = await sha256Hex(JSON.stringify(content));
  return {
    ...content,
    event_id: `evt_${digest.slice(0, EVENT_ID_DIGITS)}`,
    received_at: receivedAt.toISOString(),
  };
}

const NOT_JSON = Symbol("not JSON");

/** JSON with integers beyond 2^53 as strings of their digits: rounded, an id would be another's. */
function parseJson(body: VerifiedBody): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}

/** The fields that are not documented: Gameball adds some over time, and they are relayed as they came. */
function beyond(
  value: Readonly<Record<string, unknown>>,
  documented: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !Object.hasOwn(documented, name)),
  );
}

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
