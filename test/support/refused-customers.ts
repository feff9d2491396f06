// Customers whom CRM "one" refused, so that they are its dead letters, and others whom it took.
import { expect } from "vitest";
import type { CrmCall, CrmName, CrmsInWorkerd } from "./crms-in-workerd.ts";
import { eventually } from "./eventually.ts";
import type { OperatorClient } from "./operator.ts";
import { update } from "./relay-client.ts";
import { moveClock, relay } from "./relay-in-workerd.ts";

/** Longer than a customer's minimum interval. */
export const INTERVAL_MS = 2_000;

/** Those who are refused, in the order of their ids. */
export const BAD = Array.from({ length: 25 }, (_, index) => `bad-${index}`).toSorted();
const GOOD = Array.from({ length: 5 }, (_, index) => `good-${index}`);

/** Every bad customer becomes a dead letter of CRM "one", which then would take them. */
export async function refuseTheBad(crms: CrmsInWorkerd, operator: OperatorClient): Promise<void> {
  crms.answers("one", refusesTheBad);
  for (const customer of [...BAD, ...GOOD]) await relay.accept(update(customer, 1));
  await hasDead(operator, "one", BAD.length);
  crms.answers("one", () => new Response("yes"));
  moveClock(INTERVAL_MS);
}

/** Lets alarms ring until a destination has so many dead letters and nobody behind. */
export async function hasDead(
  operator: OperatorClient,
  id: CrmName,
  customers: number,
): Promise<void> {
  await eventually(async () => {
    await relay.ringAll();
    const { customers_behind, customers_dead, dead_letters } = await operator.look(id);
    expect([customers_behind, customers_dead, dead_letters]).toEqual([0, customers, customers]);
  });
}

/** The customers that a CRM heard of by some work. */
export async function calledBy(
  crms: CrmsInWorkerd,
  id: CrmName,
  work: () => Promise<void>,
): Promise<string[]> {
  const before = crms.events(id).length;
  await work();
  const events = crms.events(id).slice(before);
  return events.map(({ data }) => data.customer_id).toSorted();
}

function refusesTheBad({ events }: CrmCall): Response {
  const isBad = events.some(({ data }) => data.customer_id.startsWith("bad"));
  return isBad ? new Response("no such customer", { status: 422 }) : new Response("yes");
}
