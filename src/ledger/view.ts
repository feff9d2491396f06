// A customer's deliveries as an operator sees them: where each destination stands, and what happened.
import { dueAt } from "./standing.ts";
import type { CustomerState, DestinationState } from "./state.ts";

/** Where a destination stands with a customer. */
export type DeliveryState = "synced" | "pending" | "in_flight" | "held" | "dead";

/** One destination of one customer. Times are RFC 3339 in UTC; sequence 0 is none. */
export interface DeliveryView {
  readonly id: string;
  readonly state: DeliveryState;
  readonly acknowledged_sequence: number;
  readonly newest_sequence: number;
  /** Failed attempts since the last success. */
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
}

/** The answer of `GET /v1/profiles/{customer_id}/deliveries`. */
export interface DeliveriesView {
  readonly customer_id: string;
  readonly newest_sequence: number;
  readonly destinations: readonly DeliveryView[];
  readonly timeline: readonly Readonly<Record<string, unknown>>[];
}

/** A customer's state for an operator's eyes. */
export function viewDeliveries(
  customerId: string,
  state: CustomerState,
  now: number,
): DeliveriesView {
  return {
    customer_id: customerId,
    newest_sequence: state.sequence,
    destinations: Object.entries(state.destinations).map(([id, known]) => {
      const next = dueAt({ ...state, destinations: { [id]: known } });
      return {
        id,
        state: standing(known, state.sequence, now),
        acknowledged_sequence: known.acknowledged,
        newest_sequence: state.sequence,
        attempts: known.failures,
        next_attempt_at: next === null ? null : toTime(next),
        last_status: known.last?.status ?? null,
        last_error: known.dead?.reason ?? known.last?.error ?? null,
      };
    }),
    timeline: state.timeline.map((entry) => ({ ...entry, at: toTime(entry.at) })),
  };
}

function standing(known: DestinationState, newest: number, now: number): DeliveryState {
  if (known.lease !== null && known.lease.until > now) return "in_flight";
  if (known.dead !== null) return "dead";
  if (known.acknowledged >= newest) return "synced";
  return known.held !== null && known.notBefore > now ? "held" : "pending";
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
