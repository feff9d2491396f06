// The values of a profile by their dotted paths, such as `points.total` or `attributes.city`.
import type { Profile } from "./profile.ts";

/** The documented values that change; further ones have paths `attributes.<name>`. */
export const FIELDS: Readonly<Record<string, (profile: Profile) => unknown>> = {
  gb_customer_id: (profile) => profile.gb_customer_id,
  client_id: (profile) => profile.client_id,
  email: (profile) => profile.email,
  mobile_number: (profile) => profile.mobile_number,
  "tier.name": (profile) => profile.tier.name,
  "tier.order": (profile) => profile.tier.order,
  "points.activated": (profile) => profile.points.activated,
  "points.pending": (profile) => profile.points.pending,
  "points.total": (profile) => profile.points.total,
  "referral.code": (profile) => profile.referral.code,
  "referral.link": (profile) => profile.referral.link,
};

const ATTRIBUTE = "attributes.";

/** The value at a path; `null` where nothing is known. */
export function valueAt(profile: Profile, path: string): unknown {
  if (path === "customer_id") return profile.customer_id;
  if (path.startsWith(ATTRIBUTE)) return attribute(profile, path.slice(ATTRIBUTE.length));
  return (Object.hasOwn(FIELDS, path) ? FIELDS[path]?.(profile) : null) ?? null;
}

/** An attribute that the profile itself has: one may be called `toString` as well. */
export function attribute({ attributes }: Profile, name: string): unknown {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null;
}

/** Whether a path names a single value, be it one that an attribute may have. */
export function isValuePath(path: string): boolean {
  if (path.startsWith(ATTRIBUTE)) return path.length > ATTRIBUTE.length;
  return path === "customer_id" || Object.hasOwn(FIELDS, path);
}

/** Whether a path names something that can change, e.g. `tier`, `points.total`, `attributes.city`. */
export function isKnownPath(path: string): boolean {
  if (path === "attributes" || path.startsWith(ATTRIBUTE)) return true;
  return Object.keys(FIELDS).some((field) => field === path || field.startsWith(`${path}.`));
}
