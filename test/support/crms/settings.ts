// Settings of destinations with CRMs' own APIs, as little as each needs, and what becomes of them.
import * as v from "valibot";
import type { Destination } from "../../../src/destinations/destination.ts";
import { destinationSchema } from "../../../src/destinations/destination-schema.ts";
import { faultsOf } from "../../../src/faults.ts";

/** A signing secret. */
export const SIGNING = "whsec_dGVzdA==";

/** The Worker secrets that these settings name. */
export const SECRETS: Readonly<Record<string, string>> = {
  TOKEN: "token-of-the-crm",
  SHORT: "s3c",
  SITE: "site-of-the-shop",
  KEY: "key-of-the-shop",
  SIGNING,
};

/** A destination at HubSpot. */
export const hubspot = { id: "crm", format: "hubspot", credentials: { token: "${TOKEN}" } };
/** A destination at Customer.io. */
export const customerio = {
  id: "crm",
  format: "customerio",
  credentials: { site_id: "${SITE}", api_key: "${KEY}" },
};
/** A destination at Segment. */
export const segment = { id: "crm", format: "segment", credentials: { write_key: "${KEY}" } };
/** A destination at Iterable. */
export const iterable = { id: "crm", format: "iterable", credentials: { api_key: "${KEY}" } };
/** A destination at Braze. */
export const braze = {
  id: "crm",
  format: "braze",
  url: "https://rest.iad-01.braze.com",
  credentials: { api_key: "${KEY}" },
};
/** A destination that gets webhooks. */
export const webhook = { id: "crm", url: "https://crm.example.com/hooks" };
/** A destination that gets CloudEvents. */
export const cloudevents = { ...webhook, format: "cloudevents" };

const schema = destinationSchema((name) => SECRETS[name], false);

/** The destination that settings make. */
export function read(settings: unknown): Destination {
  return v.parse(schema, settings);
}

/** What is wrong with settings: where, and what. */
export function faults(settings: unknown): (readonly [string, string])[] {
  const { issues = [] } = v.safeParse(schema, settings);
  return faultsOf(issues).map(({ pointer, detail }) => [pointer, detail] as const);
}
