// All that a partition knows of one customer, for an operator's eyes: the profile, where each destination
// stands, and what it holds.
import type { Profile } from "../profile/profile.ts";
import type { AppliedPolicy } from "./policy.ts";
import type { CustomerState } from "./profiles/state.ts";
import type { DeliveriesView, StreamStanding } from "./view.ts";

/** A customer's profile, its deliveries, and by destination the profile that this one was sent last. */
export interface CustomerView {
  /** `null` while nothing but events is known, or the customer is being forgotten. */
  readonly profile: Profile | null;
  readonly deliveries: DeliveriesView;
  readonly holdings: Readonly<Record<string, Profile>>;
}

/** What each destination was sent last, by its id; those that were sent nothing are absent. */
export function holdingsOf(
  state: CustomerState | null,
  streams: ReadonlyMap<string, StreamStanding>,
  policies: readonly AppliedPolicy[],
): Readonly<Record<string, Profile>> {
  const holdings = policies.flatMap(({ id, key }) => {
    const delivered = state?.destinations[key]?.delivered ?? 0;
    const held = state?.versions[delivered] ?? streams.get(key)?.stream.delivered ?? null;
    return held === null ? [] : [[id, held] as const];
  });
  return Object.fromEntries(holdings);
}
