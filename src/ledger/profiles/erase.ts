// The ledger's last transition: a customer is forgotten, everywhere and for good. Pure.
import { compareTimes } from "../../gameball/time.ts";
import { toTime } from "../../time.ts";
import { KV_MIN_INTERVAL_MS, PROFILE_STORE } from "../policy.ts";
import { tidy } from "./standing.ts";
import type { CustomerState, Tombstone } from "./state.ts";

/**
 * The customer is to be forgotten. What is left is due only at the lookup store, which must lose the
 * profile, and keeps the leases of deliveries under way, so that nothing overtakes them. The state
 * goes once both are done; the tombstone keeps a late webhook from bringing the customer back.
 */
export function erase(
  state: CustomerState | null,
  context: { readonly now: number; readonly tombstone: Tombstone | null },
): { readonly state: CustomerState | null; readonly tombstone: Tombstone } {
  const { now, tombstone } = context;
  const erasedAt = toTime(now);
  const knownUntil = state?.occurredAt ?? tombstone?.occurredUntil ?? erasedAt;
  const occurredUntil = compareTimes(knownUntil, erasedAt) > 0 ? knownUntil : erasedAt;
  if (state === null) {
    return { state, tombstone: { occurredUntil, sequence: tombstone?.sequence ?? 0 } };
  }
  const sequence = state.sequence + 1;
  const destinations = Object.fromEntries(
    Object.entries(state.destinations).map(([id, known]) => {
      const clean = { delivered: 0, dead: null, last: null, held: null, again: false, job: null };
      const forgotten = { ...known, ...clean };
      const notBefore = Math.min(known.notBefore, now + KV_MIN_INTERVAL_MS);
      return id === PROFILE_STORE
        ? [id, { ...forgotten, notBefore, behindSince: known.behindSince ?? now }]
        : [id, { ...forgotten, acknowledged: sequence, behindSince: null }];
    }),
  );
  const erased: CustomerState = {
    sequence,
    claims: 0,
    occurredAt: occurredUntil,
    eventIds: [],
    versions: {},
    destinations,
    timeline: [{ at: now, event: "erased", sequence }],
  };
  return { state: tidy(erased), tombstone: { occurredUntil, sequence } };
}
