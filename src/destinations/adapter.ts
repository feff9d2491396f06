// What a CRM's adapter is: two pure translations, from deliveries to a request and from its response
// to one outcome each.
import type { Changes } from "../profile/changes.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { Notification } from "../profile/notification.ts";
import type { Profile } from "../profile/profile.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import type { Destination } from "./destination.ts";

/** A customer's profile on its way to one destination. */
export interface ProfileDelivery {
  readonly topic: typeof PROFILE_TOPIC;
  readonly customerId: CustomerId;
  readonly profile: Profile;
  /** Against what this destination acknowledged last; `null` when it never acknowledged any. */
  readonly changes: Changes | null;
}

/** A notification on its way to one destination. */
export interface NotificationDelivery {
  readonly topic: typeof NOTIFICATION_TOPIC;
  readonly customerId: CustomerId;
  readonly notification: Notification;
}

/** An event on its way to one destination. */
export type Delivery = ProfileDelivery | NotificationDelivery;

/** The id of a delivery's event, the same at every attempt. */
export function eventIdOf(delivery: Delivery): string {
  switch (delivery.topic) {
    case PROFILE_TOPIC:
      return delivery.profile.event_id;
    case NOTIFICATION_TOPIC:
      return delivery.notification.event_id;
  }
}

/** A delivery as its adapter will send it: one item of a request's body, as JSON text. */
export interface Item {
  readonly delivery: Delivery;
  readonly json: string;
}

/** An HTTP request, complete but for its timeout. */
export interface RequestSpec {
  readonly method: "POST" | "PUT" | "PATCH";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came back: a response, cut to its first 8 KB, or the reason why there is none. */
export type ResponseSummary =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: Headers;
      readonly text: string;
    }
  | { readonly kind: "no_response"; readonly reason: string };

/** How the attempt at one delivery ended. Errors are the vendor's words, for an operator. */
export type Outcome =
  /** The CRM holds it. */
  | { readonly kind: "delivered"; readonly status: number }
  /** The CRM took it and processes it later, unseen. */
  | { readonly kind: "accepted"; readonly status: number }
  /** It may go better later. `afterMs`: the CRM asked everybody to wait so long. */
  | {
      readonly kind: "retry";
      readonly status: number | null;
      readonly error: string;
      readonly afterMs: number | null;
    }
  /** It is the destination that is wrong, not the delivery: everything waits until that is mended. */
  | { readonly kind: "held"; readonly status: number; readonly reason: string }
  /** The CRM refuses this delivery. */
  | { readonly kind: "rejected"; readonly status: number; readonly error: string }
  /** The CRM refuses the batch and blames nobody: try its halves. */
  | { readonly kind: "split"; readonly status: number; readonly error: string };

/** The API of one CRM. Pure: no clock, no network, no state. */
export interface Adapter {
  /** Deliveries in one call. */
  readonly maxItems: number;
  /** Bytes of one request's body. */
  readonly maxBytes: number;
  item(delivery: Delivery): string;
  request(
    items: readonly Item[],
    destination: Destination,
    context: { readonly now: number; readonly batchId: string },
  ): RequestSpec;
  /** One outcome for each delivery, in their order. */
  outcomes(
    response: ResponseSummary,
    deliveries: readonly Delivery[],
    context: { readonly now: number },
  ): Outcome[];
}
