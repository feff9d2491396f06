// The lookup store: the latest profile of each customer in Workers KV, key = the customer's id.
import * as v from "valibot";
import type { CustomerId } from "./customer-id.ts";
import { type Profile, profileSchema } from "./profile.ts";

/**
 * The profile that KV holds at this edge, up to a minute old; `null` where it holds none or
 * something that is not a profile.
 */
export async function readProfile(
  profiles: KVNamespace,
  customerId: CustomerId,
): Promise<Profile | null> {
  const value = await profiles.get(customerId, "text");
  if (value === null) return null;
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), profileSchema), value);
  return parsed.success ? parsed.output : null;
}

/** Stores a profile, or removes the customer's when there is none any more. */
export async function storeProfile(
  profiles: KVNamespace,
  customerId: CustomerId,
  profile: Profile | null,
): Promise<void> {
  if (profile === null) await profiles.delete(customerId);
  else await profiles.put(customerId, JSON.stringify(profile));
}
