// The dashboard where destinations want events, and customers are known by their notifications alone.
import { expect, it } from "vitest";
import { Guest, wordsOf } from "../support/dashboard.ts";
import { OperatorClient } from "../support/operator.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { notification } from "../support/steps.ts";

withRelay();
const operator = new OperatorClient(relay);

async function signIn(): Promise<Guest> {
  const guest = new Guest(relay);
  await guest.signIn();
  return guest;
}

it("finds and shows a customer of whom there are notifications alone", async () => {
  await operator.pause("many");
  await relay.send(notification("ann", 1));
  await relay.stands("ann", "held", ["many"]);
  const guest = await signIn();
  const found = await guest.get("/customers?q=ann");
  expect([found.status, found.headers.get("location")]).toEqual([303, "/customers/ann"]);
  const words = wordsOf(await guest.get("/customers/ann"));
  expect(words).toContain("There is no profile of this customer.");
  expect(words).toContain(
    "many Held 1 event waits in line. It waits until the destination is resumed.",
  );
  const page = wordsOf(await guest.get("/destinations/many"));
  expect(page).toContain("webhook · every notification, in turn");
  expect(page).toContain("1 customer more, of whom there are notifications and no profile.");
});

it("does not say that a profile is still to come where none is asked for", async () => {
  await operator.pause("many");
  await relay.accept(update("bob", 1));
  for (const step of [2, 3]) await relay.send(notification("bob", step));
  await relay.stands("bob", "held", ["many"]);
  await relay.stands("bob", "synced", ["one"]);
  const guest = await signIn();
  const page = await guest.get("/customers/bob");
  const words = wordsOf(page);
  expect(words).toContain("many Held 2 events wait in line.");
  expect(words).not.toContain("The whole profile is still to come.");
  expect(page.text).not.toContain('name="destination" value="many"');
  expect(wordsOf(await guest.get("/destinations/one"))).toContain(
    "every profile, in turn; every notification, in turn",
  );
});
