// Events of CRMs in the order of their steps; see `update` for what a step is.
import type { CrmEvent, CrmName, CrmsInWorkerd } from "./crms-in-workerd.ts";
import { sampleNotificationWebhook } from "./gameball.ts";
import { BASE_MS } from "./relay-client.ts";

/** A customer's notification of a step. */
export function notification(customerId: string, step: number) {
  return sampleNotificationWebhook({
    customer_id: customerId,
    created_at: new Date(BASE_MS + step * 1000).toISOString(),
    data: [{ local: "en", title: `message ${step}` }],
  });
}

/** The step of an event, by its time. */
export function stepOf({ timestamp }: CrmEvent): number {
  return (Date.parse(timestamp) - BASE_MS) / 1000;
}

/** The steps that a CRM got of a topic and a customer, in order. */
export function stepsAt(
  crms: CrmsInWorkerd,
  crm: CrmName,
  topic: string,
  customerId: string = "ann",
): number[] {
  return crms
    .events(crm)
    .filter(({ type, data }) => type === topic && data.customer_id === customerId)
    .map(stepOf);
}
