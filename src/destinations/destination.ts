// One CRM as configured, ready for use. How it is read from the configuration is in `settings.ts`.
import type { Topic } from "../topics.ts";

/** The ways in which the relay can speak to a destination. */
export const FORMATS = [
  "webhook",
  "cloudevents",
  "customerio",
  "braze",
  "hubspot",
  "salesforce",
  "zoho",
  "segment",
  "klaviyo",
  "iterable",
] as const;
export type FormatName = (typeof FORMATS)[number];

/** What a CRM may know a customer by. */
export const KEYS = ["email", "customer_id", "gb_customer_id"] as const;
export type Key = (typeof KEYS)[number];

/** A destination: durations in milliseconds, secrets in their places. */
export interface Destination {
  readonly id: string;
  /** Where events go, or where a CRM's own API begins. */
  readonly url: string;
  /** Those of the settings, and those that carry the credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** Standard Webhooks, `whsec_…`. */
  readonly signingSecret: string | null;
  readonly format: FormatName;
  readonly topics: readonly Topic[];
  /** Of a customer's profiles: the latest alone, or every one in its order. */
  readonly deliver: "latest" | "every";
  /** Events in one request; for a webhook above 1 the body is an array. */
  readonly batch: number;
  readonly onlyOn: readonly string[];
  readonly timeoutMs: number;
  readonly minIntervalMs: number;
  readonly rate: Rate;
  readonly giveUpAfterMs: number;
  /** What is written into a CRM's own API; `null` for those that get events. */
  readonly crm: CrmMapping | null;
  /** How access tokens are had, where they expire. */
  readonly oauth: OAuthClient | null;
  /** Values that must never be shown, should the CRM repeat them in an answer. */
  readonly secrets: readonly string[];
}

/** At most `limit` requests in any `perSeconds`. */
export interface Rate {
  readonly limit: number;
  readonly perSeconds: number;
}

/** Whom a CRM's own API is told of, and what. */
export interface CrmMapping {
  readonly key: Key;
  readonly fields: readonly Field[];
  /** A customer that the CRM does not know is not created. */
  readonly updateOnly: boolean;
}

/** A field of a CRM, and the profile's value that it gets, e.g. `loyalty_tier` and `tier.name`. */
export interface Field {
  readonly name: string;
  readonly path: string;
}

/** Who asks for access tokens, by which grant, and where (RFC 6749 §4.4, §6). */
export interface OAuthClient {
  readonly tokenUrl: string;
  /** The request's form. */
  readonly form: Readonly<Record<string, string>>;
  /** What stands before the token in `authorization`. */
  readonly scheme: string;
}
