// Events of the small world: their points or time name them.
import type { CustomerId } from "../../src/profile/customer-id.ts";
import type { NotificationEvent } from "../../src/profile/notification.ts";
import type { ProfileEvent } from "../../src/profile/profile.ts";

/** A webhook's event. Its tier repeats, so that `only_on` has something to spare. */
export function profileOf(customer: string, occurredAt: string, points: number): ProfileEvent {
  return {
    customer_id: customer as CustomerId,
    gb_customer_id: null,
    client_id: null,
    email: null,
    mobile_number: null,
    tier: { name: points % 2 === 0 ? "silver" : "gold", order: null },
    points: { activated: null, pending: null, total: points },
    referral: { code: null, link: null },
    attributes: points === 3 ? { visits: 3 } : {},
    event_id: `evt ${customer} ${occurredAt} ${points}`,
    occurred_at: occurredAt,
    received_at: occurredAt,
  };
}

/** A notification's event. */
export function notificationOf(customer: string, occurredAt: string): NotificationEvent {
  return {
    customer_id: customer as CustomerId,
    gb_customer_id: null,
    client_id: null,
    notifications: [{ local: "en", title: "Well done" }],
    attributes: {},
    event_id: `ntf ${customer} ${occurredAt}`,
    occurred_at: occurredAt,
    received_at: occurredAt,
  };
}
