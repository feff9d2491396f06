// GET /v1/profiles?behind= where destinations want events: customers whose events wait.
import { expect, it } from "vitest";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { notification } from "../support/steps.ts";

withRelay();
const operator = new OperatorClient(relay);

/** The customers whom a destination is behind with. */
async function behind(id: string): Promise<unknown[]> {
  const { body } = await relay.get(`/v1/profiles?behind=${id}`);
  const { profiles } = body as { readonly profiles: readonly { readonly customer_id: unknown }[] };
  return profiles.map(({ customer_id }) => customer_id);
}

it("shows a customer whose events wait, once, however many they are", async () => {
  await operator.pause("one");
  for (const step of [1, 2, 3]) await relay.accept(update("ann", step));
  await relay.send(notification("ann", 4));
  await relay.stands("ann", "held", ["one"]);
  expect(await behind("one")).toEqual(["ann"]);
  await operator.resume("one");
  await relay.catchUp(["ann"]);
  expect(await behind("one")).toEqual([]);
});

it("shows those who have a profile, and nobody of whom there are notifications alone", async () => {
  await operator.pause("many");
  await relay.accept(update("bob", 1));
  for (const customer of ["ann", "bob"]) await relay.send(notification(customer, 2));
  for (const customer of ["ann", "bob"]) await relay.stands(customer, "held", ["many"]);
  expect(await operator.look("many")).toMatchObject({ customers_behind: 2 });
  expect(await behind("many")).toEqual(["bob"]);
});
