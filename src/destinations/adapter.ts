// What a CRM's adapter is: pure translations, from deliveries to a request and from its response to one
// outcome each.
import type { Changes } from "../profile/changes.ts";
import type { CustomerId } from "../profile/customer-id.ts";
import type { Notification } from "../profile/notification.ts";
import type { Profile } from "../profile/profile.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";

/** A customer's profile on its way to one destination. */
export interface ProfileDelivery {
  readonly topic: typeof PROFILE_TOPIC;
  readonly customerId: CustomerId;
  readonly profile: Profile;
  /** Against what this destination acknowledged last; `null` when it never acknowledged any. */
  readonly changes: Changes | null;
  /** 1 for the first attempt since the last success. */
  readonly attempt: number;
  /** Another for each attempt. */
  readonly leaseId: string;
  /** An operator wants it sent again, whatever the destination acknowledged. */
  readonly again: boolean;
}

/** A notification on its way to one destination. */
export interface NotificationDelivery {
  readonly topic: typeof NOTIFICATION_TOPIC;
  readonly customerId: CustomerId;
  readonly notification: Notification;
}

/** An event on its way to one destination. */
export type Delivery = ProfileDelivery | NotificationDelivery;

/** The event of a delivery: its id is the same at every attempt. */
export function eventOf(delivery: Delivery): Profile | Notification {
  switch (delivery.topic) {
    case PROFILE_TOPIC:
      return delivery.profile;
    case NOTIFICATION_TOPIC:
      return delivery.notification;
  }
}

/** A delivery in an adapter's words: one item of a request's body, as JSON text. */
export interface Draft {
  readonly json: string;
  /** Whom the CRM takes it to be about; `null` where that does not matter. No call has a key twice. */
  readonly key: string | null;
}

/** Why a delivery cannot be put into the CRM's words, e.g. since its profile has no e-mail address. */
export interface Unsendable {
  readonly fault: string;
}

/** A delivery as its adapter will send it. */
export interface Item extends Draft {
  readonly delivery: Delivery;
}

/** An HTTP request, complete but for its timeout. */
export interface RequestSpec {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** What came back: a response, cut off where it is too long, or the reason why there is none. */
export type ResponseSummary = Answer | { readonly kind: "no_response"; readonly reason: string };

/** An HTTP response. */
export interface Answer {
  readonly kind: "response";
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How the attempt at one delivery ended. Errors are the vendor's words, for an operator. */
export type Outcome =
  /** The CRM holds it. */
  | { readonly kind: "delivered"; readonly status: number }
  /** The CRM took it and processes it later, unseen, or as a job of this id that may be asked for. */
  | { readonly kind: "accepted"; readonly status: number; readonly job: string | null }
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

/** A customer that a job refused, by the key that the CRM knows it by, and why in the vendor's words. */
export interface Complaint {
  readonly key: string;
  readonly error: string;
}

/** How a job stands. */
export type JobStatus =
  | { readonly kind: "running" }
  | { readonly kind: "finished"; readonly hasErrors: boolean }
  /** It never ran to its end, or is not known any more: nothing proves that anybody was written. */
  | { readonly kind: "lost"; readonly reason: string }
  /** The answer does not say. */
  | { readonly kind: "unclear"; readonly reason: string };

/** A page of what a job refused. */
export interface Complaints {
  readonly complaints: readonly Complaint[];
  /** Where the next page is; `null` on the last. */
  readonly next: string | null;
}

/** How a CRM is asked what became of the jobs that it accepted. Pure. */
export interface JobsApi {
  askStatus(job: string): RequestSpec;
  readStatus(response: ResponseSummary): JobStatus;
  /** Asks for the first page of what was refused, or for the one that `next` named. */
  askComplaints(job: string, next: string | null): RequestSpec;
  /** `null` when the answer does not say. */
  readComplaints(response: ResponseSummary): Complaints | null;
}

/** The API of one CRM, for one destination. Pure: no clock, no network, no state. */
export interface Adapter {
  /** Deliveries in one call. */
  readonly maxItems: number;
  /** A call of fewer than these is made as calls of one each. */
  readonly minItems: number;
  /** Bytes of one request's items, commas included. */
  readonly maxBytes: number;
  /** Bytes of one item. */
  readonly maxItemBytes: number;
  /** Bytes of a response that are read; what is longer is cut off. */
  readonly maxResponseBytes: number;
  /** Where what is accepted is a job that may be asked for. */
  readonly jobs: JobsApi | null;
  draft(delivery: Delivery): Draft | Unsendable;
  request(
    items: readonly Item[],
    context: { readonly now: number; readonly batchId: string },
  ): RequestSpec;
  /** One outcome for each item, in their order. */
  outcomes(
    response: ResponseSummary,
    items: readonly Item[],
    context: { readonly now: number },
  ): Outcome[];
}
