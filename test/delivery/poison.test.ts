// One profile that a CRM cannot digest, in a batch of a hundred: it alone becomes a dead letter, and its
// customer's next update ends that.
import { expect, it } from "vitest";
import { gateOf } from "../../src/gate/client.ts";
import { WholeLedger } from "../../src/ledger/whole-ledger.ts";
import { update } from "../support/relay-client.ts";
import { bindings, relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

const CUSTOMERS = Array.from({ length: 100 }, (_, index) => `customer-${index}`);
const POISON = "customer-37";
/** The batch itself, and two halves for each of log2(100) splits. */
const MAX_CALLS = 16;
/** The destination's, for each customer. */
const MIN_INTERVAL_MS = 1_000;

it("costs at most 16 calls, and stops nobody else", async () => {
  await gateOf(bindings, "many").pause();
  for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
  for (const customer of CUSTOMERS) await relay.stands(customer, "held", ["many"]);

  crms.answers("many", ({ events }) => {
    const isPoisoned = events.some(({ data }) => data.customer_id === POISON);
    return isPoisoned ? new Response("points out of range", { status: 400 }) : new Response("ok");
  });
  // Whoever was claimed before the gate was known to be closed may be claimed again by now.
  await scheduler.wait(MIN_INTERVAL_MS);
  await gateOf(bindings, "many").resume();
  await new WholeLedger(bindings, 16).open("many");
  await relay.stands(POISON, "dead", ["many"]);
  for (const customer of CUSTOMERS) {
    if (customer !== POISON) await relay.stands(customer, "synced", ["many"]);
  }
  expect(crms.calls("many").length).toBeLessThanOrEqual(MAX_CALLS);
  expect(await relay.standing(POISON, "many")).toMatchObject({
    last_status: 400,
    last_error: "HTTP 400: points out of range",
  });

  crms.answers("many", () => new Response("ok"));
  await relay.accept(update(POISON, 2));
  await relay.stands(POISON, "synced", ["many"]);
  expect(crms.events("many").at(-1)?.data).toMatchObject({ sequence: 2, changes: null });
});
