// A trial: one event that says of itself that it is a sample, sent past ledger, queue and gate, so that an
// operator sees how a destination answers.
import * as v from "valibot";
import type { Delivery, Outcome } from "../destinations/adapter.ts";
import { adapterOf } from "../destinations/formats.ts";
import type { Destination } from "../destinations/destination.ts";
import { type CallReport, reportCall } from "../gate/call.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import { toTime } from "../time.ts";
import { NOTIFICATION_TOPIC, PROFILE_TOPIC } from "../topics.ts";
import { callCrm, type CallContext } from "./call.ts";

/** How a trial went. */
export interface Trial {
  readonly outcome: Outcome["kind"];
  /** What a gate may be told of it, as of a probe that it did not have to admit. */
  readonly report: CallReport;
}

/** No customer of a shop has this id, and no mailbox that address (RFC 2606 §3). */
const SAMPLE_CUSTOMER = v.parse(customerIdSchema, "gameball-relay-test");
const SAMPLE_EMAIL = "gameball-relay-test@example.com";

/** Sends a destination a sample event, once; `eventId` is to be a new one. */
export async function tryOut(
  destination: Destination,
  eventId: string,
  context: CallContext,
): Promise<Trial> {
  const adapter = adapterOf(destination);
  const delivery = sampleFor(destination, eventId, toTime(context.now()));
  const draft = adapter.draft(delivery);
  if ("fault" in draft) throw new Error(`the sample is not to be sent: ${draft.fault}`);
  const { ended, ...exchange } = await callCrm(
    [{ delivery, ...draft }],
    destination,
    adapter,
    context,
  );
  const outcomes = ended.map(({ outcome }) => outcome);
  const report = reportCall(outcomes, { ...exchange, isProbe: true });
  return { outcome: outcomes[0]?.kind ?? "retry", report };
}

/** A profile, or for those that take none a notification; `now` is RFC 3339. */
function sampleFor({ topics }: Destination, eventId: string, now: string): Delivery {
  const event = {
    customer_id: SAMPLE_CUSTOMER,
    gb_customer_id: null,
    client_id: null,
    attributes: { gameball_relay_test: true },
    event_id: eventId,
    sequence: 1,
    occurred_at: now,
    received_at: now,
  };
  if (!topics.includes(PROFILE_TOPIC)) {
    const notifications = [{ local: "en", icon: null, title: "Test", body: "A test of the relay" }];
    const notification = { ...event, notifications };
    return { topic: NOTIFICATION_TOPIC, customerId: SAMPLE_CUSTOMER, notification };
  }
  const profile = {
    ...event,
    email: SAMPLE_EMAIL,
    mobile_number: null,
    tier: { name: "test", order: 1 },
    points: { activated: 0, pending: 0, total: 0 },
    referral: { code: null, link: null },
  };
  return {
    topic: PROFILE_TOPIC,
    customerId: SAMPLE_CUSTOMER,
    profile,
    changes: null,
    attempt: 1,
    leaseId: eventId,
    again: false,
  };
}
