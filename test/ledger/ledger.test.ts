// The Durable Object around a partition's rules: what happens when its memory, its queue, a row or its
// configuration fails.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ledgerOf } from "../../src/ledger/client.ts";
import { eventually } from "../support/eventually.ts";
import { update } from "../support/relay-client.ts";
import {
  bindings,
  moveClock,
  partitionNumber,
  relay,
  withRelay,
} from "../support/relay-in-workerd.ts";
import { profileOf } from "./events.ts";

const crms = withRelay();

const MINUTE_MS = 60_000;
const stub = async (customer: string) =>
  env.LEDGER.getByName(String(await partitionNumber(customer)));

describe("a partition's memory", () => {
  it("may be lost: what was due is delivered all the same", async () => {
    crms.answers("one", () => new Response("down", { status: 503 }));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced", ["many"]);
    await eventually(async () => {
      expect((await relay.standing("ann", "one")).attempts).toBe(1);
    });
    await evictDurableObject(await stub("ann"));
    crms.answers("one", () => new Response("up"));
    moveClock(MINUTE_MS);
    expect(await relay.ring("ann")).toBe(true);
    await relay.stands("ann", "synced");
  });
});

describe("a transaction that fails", () => {
  it("leaves nothing behind, neither stored nor in memory", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    const now = new Date().toISOString();
    const failed = await runInDurableObject(await stub("ann"), async (ledger, { storage }) => {
      const sql = Object.getPrototypeOf(storage.sql) as SqlStorage;
      const exec = vi.spyOn(sql, "exec").mockImplementationOnce(() => {
        throw new Error("the disk is full");
      });
      const recording = ledger.record(profileOf("ann", now, 2), "digest");
      exec.mockRestore();
      return recording.then(
        () => false,
        () => true,
      );
    });
    expect(failed).toBe(true);
    expect(await relay.profile("ann", "strong")).toMatchObject({ sequence: 1 });
    expect(await relay.accept(update("ann", 2))).toMatchObject({ sequence: 2 });
  });
});

describe("an alarm", () => {
  it("outlives a queue that refuses its doorbell, and rings again", async () => {
    const queue = Object.getPrototypeOf(env.DELIVERIES) as Queue;
    const refusal = vi.spyOn(queue, "sendBatch").mockRejectedValueOnce(new Error("queue is down"));
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    expect(refusal.mock.calls.length).toBeGreaterThanOrEqual(2);
  });
});

describe("a row that cannot be read", () => {
  it("is set aside and stops nobody else, and its customer's next update is taken", async () => {
    await relay.accept(update("ann", 1));
    await relay.stands("ann", "synced");
    await runInDurableObject(await stub("ann"), (_, { storage }) => {
      storage.sql.exec("UPDATE customers SET state = '{', due_at = 1");
    });
    await evictDurableObject(await stub("ann"));
    const neighbour = await neighbourOf("ann");
    await relay.accept(update(neighbour, 1));
    await relay.stands(neighbour, "synced");
    expect((await relay.get("/v1/profiles/ann?consistency=strong")).status).toBe(404);

    await relay.accept(update("ann", 2));
    await relay.stands("ann", "synced");
    expect(await relay.profile("ann", "strong")).toMatchObject({ points: { total: 2 } });
  });
});

describe("a row that another version wrote", () => {
  it("still says what is older, and where to count on from", async () => {
    for (const step of [1, 2]) await relay.accept(update("ann", step));
    await relay.stands("ann", "synced");
    await makeForeign();
    expect((await relay.send(update("ann", 1))).body).toEqual({ outcome: "stale" });
    const before = crms.calls("one").length;
    expect(await relay.accept(update("ann", 3))).toMatchObject({ sequence: 3 });
    await relay.stands("ann", "synced");
    expect(crms.events("one").slice(before)).toMatchObject([{ data: { sequence: 3 } }]);
  });

  it("still keeps an erased customer from coming back by a late webhook, and its count", async () => {
    for (const step of [1, 2]) await relay.accept(update("ann", step));
    await relay.stands("ann", "synced");
    await makeForeign();
    expect(await relay.erase("ann")).toBe(204);
    expect((await relay.send(update("ann", 2))).body).toEqual({ outcome: "stale" });
    const later = {
      ...update("ann", 3),
      created_at: new Date(Date.now() + MINUTE_MS).toISOString(),
    };
    expect(await relay.accept(later)).toMatchObject({ sequence: 3 });
  });
});

describe("the count of partitions", () => {
  it("is the first one used, also for partitions that never saw a webhook", async () => {
    expect(await ledgerOf(bindings, 0).agreeOnPartitions(8)).toBe(8);
    expect(await ledgerOf(bindings, 0).agreeOnPartitions(16)).toBe(8);
    const customer = (await partitionNumber("ann")) === 0 ? "bob" : "ann";
    const answer = await relay.post(JSON.stringify(update(customer, 1)));
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("8 partitions, configured are 16");
  });
});

/** Ann's row, as it would be if a newer version kept what each destination knows in another way. */
async function makeForeign(): Promise<void> {
  await runInDurableObject(await stub("ann"), (_, { storage }) => {
    storage.sql.exec(`UPDATE customers SET state = json_set(state, '$.destinations', 'elsewhere')`);
  });
  await evictDurableObject(await stub("ann"));
}

/** Another customer of the same partition. */
async function neighbourOf(customer: string): Promise<string> {
  const partition = await partitionNumber(customer);
  for (let number = 1; ; number += 1) {
    const other = `neighbour-${number}`;
    if ((await partitionNumber(other)) === partition) return other;
  }
}
