// The topics of Gameball's webhooks that the relay carries, and that a destination may ask for.

/** A customer's profile, whole, after it changed (Gameball docs, Webhook Topics). */
export const PROFILE_TOPIC = "customer.profile.updated" as const;

/** A message that Gameball shows the customer (Gameball docs, Webhook Topics). */
export const NOTIFICATION_TOPIC = "customer.notification.push" as const;

export const TOPICS = [PROFILE_TOPIC, NOTIFICATION_TOPIC] as const;

/** One of the topics that the relay carries. */
export type Topic = (typeof TOPICS)[number];
