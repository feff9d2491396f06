// What an older version stored in gates and in KV, or a disk damaged: whatever is odd of it, nothing throws, every
// time can be told, and the API goes on.
import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import * as v from "valibot";
import { expect, it, vi } from "vitest";
import { gateOf } from "../../src/gate/client.ts";
import { customerIdSchema } from "../../src/profile/customer-id.ts";
import { readProfile } from "../../src/profile/store.ts";
import { API_TOKEN } from "../support/bindings.ts";
import { failed, refused, times } from "../support/gate.ts";
import { update } from "../support/relay-client.ts";
import { bindings, relay, withRelay } from "../support/relay-in-workerd.ts";
import { ask } from "./asked.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { mutatedBytes, mutatedJson } from "./mutations.ts";

withRelay();

const DAY_MS = 24 * 60 * 60 * 1000;
const KEYS = ["latch", "told", "token"] as const;
const COLUMNS = [
  ["failures", "failure"],
  ["jobs", "job"],
  ["minutes", "counts"],
  ["quarters", "counts"],
] as const;
const bearer = { headers: { authorization: `Bearer ${API_TOKEN}` } };

const stub = () => env.GATES.getByName("one");
const gate = () => gateOf(bindings, "one");

/** All JSON that a gate has stored, by the place where it is. */
async function readAll(): Promise<ReadonlyMap<string, unknown>> {
  return runInDurableObject(stub(), (_, { storage }) => {
    const rows = COLUMNS.flatMap(([table, column]) => {
      const sql = `SELECT ${column} AS json FROM ${table}`;
      const found = storage.sql.exec<{ json: string }>(sql).toArray();
      return found.map(({ json }): [string, unknown] => [table, JSON.parse(json)]);
    });
    return new Map([...KEYS.map((key): [string, unknown] => [key, storage.kv.get(key)]), ...rows]);
  });
}

/** Stores JSON in its places, and lets the gate begin anew with it. */
async function store(stored: ReadonlyMap<string, string>): Promise<void> {
  await runInDurableObject(stub(), (_, { storage }) => {
    for (const [place, json] of stored) {
      const column = COLUMNS.find(([table]) => table === place)?.[1];
      if (column === undefined) storage.kv.put(place, JSON.parse(json));
      else storage.sql.exec(`UPDATE ${place} SET ${column} = ?`, json);
    }
  });
  await abortAllDurableObjects();
}

it("a gate of which a part is odd goes on", { timeout: TEST_MS }, async () => {
  const now = Date.now();
  // Whoever hears of alerts answers at once.
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("ok"));
  await gate().report(times(5, failed));
  await gate().deadLettered("no");
  await gate().expectJob("job-1");
  await gate().pause();
  const token = { client: "client", token: "token", expiresAt: now + DAY_MS };
  await runInDurableObject(stub(), (_, { storage }) => {
    storage.kv.put("token", token);
    storage.sql.exec("INSERT INTO quarters SELECT minute / 15, counts FROM minutes");
  });
  const stored = await readAll();
  const inputs = fc.constantFrom(...stored).chain(([place, value]) => {
    return mutatedJson([value], 2).map((text) => ({ place, text: text === "" ? "null" : text }));
  });
  const counts = await fuzz("stored gate", 150, inputs, async ({ place, text }) => {
    const right = [...stored].map(([known, value]) => [known, JSON.stringify(value)] as const);
    await store(new Map([...right, [place, text]]));
    const { status } = await ask(relay, "/v1/destinations/one", bearer);
    expect(status).toBe(200);
    await gate().history();
    const { waitMs } = await gate().admit(1);
    expect(waitMs).toBeGreaterThanOrEqual(0);
    await gate().report([refused, failed]);
    await gate().keepJob("job-1", null);
    await gate().dueJobs();
    await runDurableObjectAlarm(stub());
    await gate().backlog(now, 1);
    await gate().deadLettered("no");
    await gate().accessToken(null);
    await gate().resume();
    expect((await gate().view()).state).toBe("open");
    return [place];
  });
  expect([...counts.keys()].toSorted()).toContain("latch");
});

it("a profile in KV that is odd is one, or there is none", { timeout: TEST_MS }, async () => {
  await relay.accept(update("ann", 1));
  await relay.stands("ann", "synced");
  const ann = v.parse(customerIdSchema, "ann");
  const json = (await env.PROFILES.get(ann)) ?? "";
  const inputs = fc.oneof(mutatedJson([JSON.parse(json)]), mutatedBytes([json]));
  const counts = await fuzz("stored profile", 200, inputs, async (value) => {
    await env.PROFILES.put(ann, value);
    const isRead = (await readProfile(env.PROFILES, ann)) !== null;
    // What reads as a profile is one, even where a time of it is none: nobody but the relay writes there.
    const { status } = await relay.fetch("/v1/profiles/ann", bearer);
    expect(status).toBe(200);
    return [isRead ? "a profile" : "none, so the ledger's"];
  });
  expect(counts.size).toBe(2);
});
