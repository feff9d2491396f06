// Typed clients: the routes as Hono's own client knows them from the app's type.
import { exports } from "cloudflare:workers";
import { hc, type InferRequestType, type InferResponseType } from "hono/client";
import { expect, expectTypeOf, it } from "vitest";
import type { DestinationView, SweepView } from "../../src/api/destination-view.ts";
import type { App } from "../../src/app.ts";
import type { DeadLetter } from "../../src/ledger/dead-letter.ts";
import type { DeliveriesView } from "../../src/ledger/view.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

type Text = string | undefined;

const client = hc<App>("https://relay.test", {
  headers: { authorization: `Bearer ${API_TOKEN}` },
  fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
    exports.default.fetch(new Request(input, init)),
});

it("know the routes, and what they answer", async () => {
  const { destinations } = await (await client.v1.destinations.$get()).json();
  expect(destinations.map(({ id, customers_behind }) => [id, customers_behind])).toEqual([
    ["one", 0],
    ["many", 0],
    ["tiers", 0],
  ]);
  const one = client.v1.destinations[":id"];
  const paused = await one.pause.$post({ param: { id: "one" } });
  const { state } = await paused.json();
  expect(state).toBe("paused");
});

it("know what may be asked for, and what is sent", async () => {
  await relay.accept(update("ann", 1, { email: "ann@example.com" }));
  await relay.stands("ann", "synced");
  const found = await client.v1.profiles.$get({ query: { email: "Ann@example.com", limit: "7" } });
  const { profiles, next_cursor } = await found.json();
  expect([profiles.map(({ customer_id }) => customer_id), next_cursor]).toEqual([["ann"], null]);

  const ann = client.v1.profiles[":customer_id"];
  const param = { customer_id: "ann" };
  const strong = await ann.$get({ param, query: { consistency: "strong" } });
  expect((await strong.json()).sequence).toBe(1);
  const sent = await ann.resync.$post({ param, query: { destination: "many" } });
  expect(await sent.json()).toEqual({ outcome: "accepted" });

  const one = client.v1.destinations[":id"];
  const backfill = await one.backfill.$post({ param: { id: "one" }, json: { all: true } });
  expect(await backfill.json()).toMatchObject({ total: 1 });
  const replay = await one.replay.$post({ param: { id: "one" }, json: { customer_ids: ["ann"] } });
  expect(replay.status).toBe(202);
});

it("have types for all that is sent and answered", () => {
  const { profiles, destinations } = client.v1;
  const customer = profiles[":customer_id"];
  const destination = destinations[":id"];

  expectTypeOf<InferRequestType<typeof profiles.$get>["query"]>().toEqualTypeOf<
    { email?: Text; behind?: Text; limit?: Text; cursor?: Text } | undefined
  >();
  expectTypeOf<InferRequestType<typeof customer.$get>["query"]>().toEqualTypeOf<
    { consistency?: "eventual" | "strong" | undefined } | undefined
  >();
  expectTypeOf<InferRequestType<typeof customer.resync.$post>["query"]>().toEqualTypeOf<
    { destination?: Text } | undefined
  >();
  expectTypeOf<InferRequestType<typeof destination.backfill.$post>["json"]>().toEqualTypeOf<
    { all?: boolean | undefined } | undefined
  >();
  expectTypeOf<InferRequestType<typeof destination.replay.$post>["json"]>().toEqualTypeOf<
    { customer_ids?: string[] | undefined } | undefined
  >();
  const letters = destination["dead-letters"].$get;
  expectTypeOf<InferRequestType<typeof letters>>().toExtend<{
    param: { id: string };
    query?: { limit?: Text; cursor?: Text };
  }>();

  expectTypeOf<InferResponseType<typeof customer.$get>>().toExtend<Profile>();
  expectTypeOf<InferResponseType<typeof customer.deliveries.$get>>().toExtend<DeliveriesView>();
  expectTypeOf<InferResponseType<typeof destination.$get>>().toExtend<DestinationView>();
  expectTypeOf<InferResponseType<typeof destination.backfill.$post>>().toExtend<SweepView | null>();
  expectTypeOf<InferResponseType<typeof letters>["dead_letters"]>().toExtend<
    readonly DeadLetter[]
  >();
});
