// Typed clients: the routes as Hono's own client knows them from the app's type.
import { exports } from "cloudflare:workers";
import { hc } from "hono/client";
import { expect, it } from "vitest";
import type { App } from "../../src/app.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { withRelay } from "../support/relay-in-workerd.ts";

withRelay();

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
