// What Gameball sends, read into what all three peers keep, look up and send on: the fields that a careful
// author would check, and no more. (The relay accepts more spellings, and names every fault.)

const TOPIC = "customer.profile.updated";

/** A customer's profile. What Gameball did not send is `null`. Times are RFC 3339 in UTC, with milliseconds. */
export interface Profile {
  readonly customer_id: string;
  readonly gb_customer_id: string | null;
  readonly client_id: string | null;
  readonly email: unknown;
  readonly mobile_number: unknown;
  readonly tier: { readonly name: unknown; readonly order: unknown };
  readonly points: {
    readonly activated: unknown;
    readonly pending: unknown;
    readonly total: unknown;
  };
  readonly referral: { readonly code: unknown; readonly link: unknown };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly event_id: string;
  readonly occurred_at: string;
  readonly received_at: string;
}

/** What a CRM receives. */
export interface ProfileEvent {
  readonly id: string;
  readonly type: typeof TOPIC;
  readonly timestamp: string;
  readonly data: Profile;
}

/** What a webhook's body holds. */
export type Webhook =
  | { readonly kind: "profile"; readonly profile: Profile }
  | { readonly kind: "ignored" }
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads a body whose signature was verified. */
export function readWebhook(body: string): Webhook {
  const json = parse(body);
  if (!isObject(json)) return invalid("the body must be a JSON object");
  const { event, client_id, customer_id, gb_customer_id, created_at, data } = json;
  if (event !== TOPIC) return { kind: "ignored" };
  const customerId = textOf(customer_id);
  if (customerId === null || customerId === "") return invalid("customer_id must be a string");
  const occurredAt = new Date(typeof created_at === "string" ? created_at : Number.NaN);
  if (Number.isNaN(occurredAt.getTime())) return invalid("created_at must be a time");
  if (!isObject(data)) return invalid("data must be an object");
  const {
    email = null,
    mobile_number = null,
    tier_name = null,
    tier_order = null,
    referral_code = null,
    referral_link = null,
    activated_points = null,
    pending_points = null,
    total_points = null,
    ...attributes
  } = data;
  const profile = {
    customer_id: customerId,
    gb_customer_id: textOf(gb_customer_id),
    client_id: textOf(client_id),
    email,
    mobile_number,
    tier: { name: tier_name, order: tier_order },
    points: { activated: activated_points, pending: pending_points, total: total_points },
    referral: { code: referral_code, link: referral_link },
    attributes,
    event_id: `evt_${crypto.randomUUID()}`,
    occurred_at: occurredAt.toISOString(),
    received_at: new Date().toISOString(),
  };
  return { kind: "profile", profile };
}

/** The event that tells a CRM of a profile. */
export function eventOf(profile: Profile): ProfileEvent {
  return { id: profile.event_id, type: TOPIC, timestamp: profile.occurred_at, data: profile };
}

function invalid(reason: string): Webhook {
  return { kind: "invalid", reason };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
