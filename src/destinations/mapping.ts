// From a profile to what a CRM's own API is told: under which key, and which value in which field.
import type { Profile } from "../profile/profile.ts";
import { valueAt } from "../profile/paths.ts";
import { PROFILE_TOPIC } from "../topics.ts";
import type { Delivery, Draft, ProfileDelivery, Unsendable } from "./adapter.ts";
import type { CrmMapping, Field, Key } from "./destination.ts";
import type { CrmFormat } from "./format.ts";

/** What CRMs are told unless `fields` says otherwise. */
export const DEFAULT_FIELDS = [
  { name: "gameball_tier_name", path: "tier.name" },
  { name: "gameball_tier_order", path: "tier.order" },
  { name: "gameball_activated_points", path: "points.activated" },
  { name: "gameball_pending_points", path: "points.pending" },
  { name: "gameball_total_points", path: "points.total" },
  { name: "gameball_referral_code", path: "referral.code" },
  { name: "gameball_referral_link", path: "referral.link" },
  { name: "gameball_customer_id", path: "customer_id" },
] as const;

/** A value as CRMs' fields hold such. */
export type Scalar = string | number | boolean | null;

const KEY_NAMES: Readonly<Record<Key, string>> = {
  email: "e-mail address",
  customer_id: "customer id",
  gb_customer_id: "Gameball customer id",
};

/** The settings that say so. */
interface MappingSettings {
  readonly key?: Key | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
  readonly update_only?: boolean | undefined;
}

/** Whom a CRM is told of, and what, by the settings or else by its own defaults. */
export function mappingOf(settings: MappingSettings, crm: CrmFormat): CrmMapping {
  const fields: readonly Field[] =
    settings.fields === undefined
      ? DEFAULT_FIELDS.map(({ name, path }) => ({ name: crm.spell(name), path }))
      : Object.entries(settings.fields).map(([name, path]) => ({ name, path }));
  return {
    key: settings.key ?? crm.keys[0],
    fields,
    updateOnly: settings.update_only ?? crm.updateOnly ?? false,
  };
}

/**
 * Writes a profile as one item of a request's body. Without a value for its key there is nobody to write
 * it to.
 */
export function draftProfile(
  delivery: Delivery,
  { key }: CrmMapping,
  write: (profile: Profile, key: string, delivery: ProfileDelivery) => unknown,
): Draft | Unsendable {
  if (delivery.topic !== PROFILE_TOPIC) return { fault: "it is no profile" };
  const { profile } = delivery;
  const value = keyOf(profile, key);
  if (value === null) return { fault: `the profile has no ${KEY_NAMES[key]}` };
  return { json: JSON.stringify(write(profile, value, delivery)), key: value };
}

/** All fields with their values, in the order of the configuration; `null` is to be unset. */
export function valuesOf(profile: Profile, { fields }: CrmMapping): Record<string, Scalar> {
  return Object.fromEntries(fields.map(({ name, path }) => [name, scalarAt(profile, path)]));
}

/**
 * Those fields whose values the CRM is not known to hold already: all of them, unless it certainly holds
 * what `changes` count from. After a failed attempt nobody knows what became of it. Any key but the
 * customer's id may be another one than before, or another customer's as well; and whom the CRM was not to
 * create it may know by now, but nothing of.
 */
export function changedValuesOf(
  { profile, changes, attempt, again }: ProfileDelivery,
  mapping: CrmMapping,
): Record<string, Scalar> {
  const mayDiffer = mapping.key !== "customer_id" || mapping.updateOnly;
  if (changes === null || attempt > 1 || again || mayDiffer) return valuesOf(profile, mapping);
  const fields = mapping.fields.filter(({ path }) => Object.hasOwn(changes, path));
  return valuesOf(profile, { ...mapping, fields });
}

/**
 * The field that a CRM finds a customer by: its own for addresses, else that which the relay writes the key to;
 * `null` where there is none.
 */
export function keyFieldOf({ key, fields }: CrmMapping, emailField: string | null): string | null {
  if (key === "email") return emailField;
  return fields.find(({ path }) => path === key)?.name ?? null;
}

/** A name with capitals: `gameball_tier_name` is `Gameball_Tier_Name`. */
export function capitalize(name: string): string {
  return name.replaceAll(/(?<=^|_)[a-z]/g, (letter) => letter.toUpperCase());
}

/** What a CRM knows a customer by; `null` where the profile does not have it. */
export function keyOf(profile: Profile, key: Key): string | null {
  const value = profile[key]?.trim() ?? "";
  if (value === "") return null;
  // CRMs do not tell upper from lower case in addresses, and would see one customer twice in a call.
  return key === "email" ? value.toLowerCase() : value;
}

function scalarAt(profile: Profile, path: string): Scalar {
  const value = valueAt(profile, path);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as Scalar);
}
