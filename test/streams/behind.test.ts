// GET /v1/profiles?behind= where destinations want events: customers whose events wait.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
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

it("reads those behind once for a page, though none of them has a profile", async () => {
  const WAITING = 2_000;
  const exec = await runInDurableObject(env.LEDGER.getByName("0"), (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       INSERT INTO streams (customer_id, destination, state, due_at, waiting_since, is_held)
         SELECT format('stranger-%05d', i), 'many', '{}', NULL, 1, 1 FROM n`,
      WAITING,
    );
    return vi.spyOn(Object.getPrototypeOf(storage.sql) as SqlStorage, "exec");
  });
  const { body } = await relay.get("/v1/profiles?behind=many&limit=1");
  expect(body).toMatchObject({ profiles: [], next_cursor: expect.any(String) });
  const cursors = exec.mock.results.map(({ value }) => value as ReturnType<SqlStorage["exec"]>);
  const rows = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  expect(rows).toBeLessThanOrEqual(3 * WAITING);
});
