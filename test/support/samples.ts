// Values of the domain for tests of single functions: a profile, a destination, a claimed delivery.
import * as v from "valibot";
import type { NotificationDelivery, ProfileDelivery } from "../../src/destinations/adapter.ts";
import type { ClaimedDelivery } from "../../src/ledger/profiles/claim.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { customerIdSchema } from "../../src/profile/customer-id.ts";
import type { Notification } from "../../src/profile/notification.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../../src/topics.ts";

/** A customer's id, checked. */
export function customerIdOf(text: string) {
  return v.parse(customerIdSchema, text);
}

/** The profile of the documented sample, with changes. */
export function sampleProfile(changes: Partial<Profile> = {}): Profile {
  return {
    customer_id: customerIdOf("webhook-test"),
    gb_customer_id: "1234",
    client_id: "2155",
    email: "customer@example.com",
    mobile_number: "+XX-XXXX-XXXX",
    tier: { name: "basic", order: 1 },
    points: { activated: 90, pending: 10, total: 100 },
    referral: { code: "referral_123", link: "www.example.com" },
    attributes: {},
    event_id: "evt_0123456789abcdef0123456789abcdef",
    sequence: 1,
    occurred_at: "2024-11-19T17:34:42.297Z",
    received_at: "2024-11-19T17:34:43.001Z",
    ...changes,
  };
}

/** The notification of the documented sample, with changes. */
export function sampleNotification(changes: Partial<Notification> = {}): Notification {
  return {
    customer_id: customerIdOf("webhook-test"),
    gb_customer_id: "1234",
    client_id: "2155",
    notifications: [{ local: "en", icon: null, body: "You have 10 points", title: "Well Done!" }],
    attributes: {},
    event_id: "evt_fedcba9876543210fedcba9876543210",
    sequence: 2,
    occurred_at: "2024-11-12T19:02:24.631Z",
    received_at: "2024-11-12T19:02:25.001Z",
    ...changes,
  };
}

/** A destination with the contract's defaults, with changes. */
export function sampleDestination(changes: Partial<Destination> = {}): Destination {
  return {
    id: "acme-crm",
    url: "https://crm.example.com/hooks/loyalty",
    headers: {},
    signingSecret: null,
    format: "webhook",
    topics: [PROFILE_TOPIC],
    deliver: "latest",
    batch: 1,
    onlyOn: [],
    timeoutMs: 10_000,
    minIntervalMs: 1_000,
    rate: { limit: 100, perSeconds: 1 },
    giveUpAfterMs: 72 * 60 * 60 * 1000,
    crm: null,
    oauth: null,
    secrets: [],
    ...changes,
  };
}

/** A first delivery of a profile, claimed for the sample destination. */
export function sampleDelivery(changes: Partial<Profile> = {}): ClaimedDelivery & ProfileDelivery {
  const profile = sampleProfile(changes);
  return {
    topic: PROFILE_TOPIC,
    destination: "acme-crm",
    leaseId: "lease-1",
    sequence: profile.sequence,
    attempt: 1,
    changes: null,
    again: false,
    customerId: profile.customer_id,
    profile,
  };
}

/** First deliveries of the customers `c0`, `c1` …, with changes to the profile of each. */
export function sampleDeliveries(count: number, changes: Partial<Profile> = {}): ProfileDelivery[] {
  return Array.from({ length: count }, (_, index) => {
    const customerId = customerIdOf(`c${index}`);
    return sampleDelivery({ customer_id: customerId, email: `c${index}@example.com`, ...changes });
  });
}

/** A delivery of a notification. */
export function sampleNotificationDelivery(
  changes: Partial<Notification> = {},
): NotificationDelivery {
  const notification = sampleNotification(changes);
  return { topic: NOTIFICATION_TOPIC, customerId: notification.customer_id, notification };
}
