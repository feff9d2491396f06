// Awkward customer ids, from the webhook to the CRM, the lookup and the erasure. An id is whatever the
// shop says it is; in a path of the API it stands percent-encoded.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_TOKEN } from "../support/bindings.ts";
import { eventually } from "../support/eventually.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";

/** None of these is another one, however it is spelled, encoded or decoded. */
const IDS = [
  "a/b",
  "a%2Fb",
  "a%2fb",
  "a%252Fb",
  "/",
  "//",
  "/leading/and/trailing/",
  "../secrets",
  "a/../b",
  "...",
  "%2e%2e",
  "%",
  "%%",
  "100%",
  "%zz",
  "%E0%A4%A",
  " ",
  "a b",
  "a+b",
  "a%20b",
  " padded ",
  "?consistency=strong",
  "a?b#c&d+e=f;g",
  "#",
  String.raw`back\slash`,
  String.raw`a\u0062`,
  "ab",
  `quote"and'apostrophe`,
  "customer@example.com",
  "deliveries",
  "x/deliveries",
  "constructor",
  "__proto__",
  "0",
  "007",
  "Zoë",
  "Zoe\u0308",
  "ZOË",
  "顧客・一",
  "👩‍👩‍👧‍👦",
  "\u202eright-to-left",
  "tab\tand\nnew line",
  "nul\u0000byte",
  "nul",
  "x".repeat(512),
  `${"x".repeat(511)}y`,
  "é".repeat(256),
  "🦄".repeat(128),
  "/".repeat(512),
  "%".repeat(512),
];

/** What the contract refuses: no UTF-8, nothing or too much of it, and the keys that KV cannot hold. */
const REFUSED = ["", ".", "..", "x".repeat(513), `${"é".repeat(256)}x`, "\ud800"];

let crm: FakeCrm;
let relay: Relay;

beforeAll(async () => {
  crm = await FakeCrm.open();
  relay = await Relay.start({ DESTINATIONS: [{ id: "crm", url: crm.url }] });
  // All before any is looked up or erased: an id that is taken for another would show.
  for (const [index, id] of IDS.entries()) await relay.accept(update(id, index));
});

afterAll(async () => {
  await relay?.stop();
  await crm.close();
});

describe("an awkward customer id", () => {
  it.for(IDS.map((id, index) => [titleOf(id), id, index] as const))(
    "reaches the CRM and is looked up: %s",
    async ([, id, index]) => {
      const expected = { customer_id: id, sequence: 1, points: { total: index } };
      await relay.isSynced(id, "crm");
      expect(crm.eventsOf(id).map(({ data }) => data)).toMatchObject([expected]);
      await relay.isSynced(id, "PROFILES");
      expect(await relay.profile(id)).toMatchObject(expected);
      expect(await relay.profile(id, "strong")).toMatchObject(expected);
      expect(await relay.deliveries(id)).toMatchObject({ customer_id: id, newest_sequence: 1 });
    },
  );

  it.for(REFUSED.map((id) => [titleOf(id), id] as const))(
    "is refused where the contract has it no id: %s",
    async ([, id]) => {
      expect(await relay.send(update(id, 1))).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: "/customer_id" }] },
      });
    },
  );

  it.for(["%FF", "%C0%AF", "%E0%A4", "a%2", "x".repeat(513), "%00"])(
    "is nobody's where the path holds no id that was seen: %s",
    async (path) => {
      const headers = { authorization: `Bearer ${API_TOKEN}` };
      expect((await relay.ask(`/v1/profiles/${path}`, { headers })).status).toBe(404);
    },
  );

  it("is forgotten everywhere, and nobody else with it", async () => {
    const [forgotten, kept] = [
      IDS.filter((_, n) => n % 2 === 0),
      IDS.filter((_, n) => n % 2 === 1),
    ];
    for (const id of forgotten) expect(await relay.erase(id)).toBe(204);
    for (const id of forgotten) {
      await eventually(async () => expect(await relay.profile(id)).toBeNull());
      expect(await relay.profile(id, "strong")).toBeNull();
      expect(await relay.deliveries(id)).toBeNull();
    }
    for (const id of kept) {
      expect(await relay.profile(id)).toMatchObject({ customer_id: id });
      expect(await relay.profile(id, "strong")).toMatchObject({ customer_id: id });
    }
    // Gameball's late retry does not bring anybody back; something newer does.
    const [id = ""] = forgotten;
    expect((await relay.send(update(id, 0))).body).toEqual({ outcome: "stale" });
    expect(await relay.profile(id, "strong")).toBeNull();
    const later = new Date(Date.now() + 60_000).toISOString();
    await relay.accept({ ...update(id, 1), created_at: later });
    expect(await relay.profile(id, "strong")).toMatchObject({ customer_id: id, sequence: 3 });
  });
});

/** An id as a report can show it. */
function titleOf(id: string): string {
  const { length: bytes } = new TextEncoder().encode(id);
  return bytes < 40
    ? JSON.stringify(id)
    : `${bytes} bytes, the last of ${JSON.stringify(id.slice(-2))}`;
}
