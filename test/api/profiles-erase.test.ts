// DELETE /v1/profiles/{customer_id}: forgotten everywhere in the relay, and not brought back by a retry.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { sampleWebhook } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import {
  inLedger,
  moveClock,
  partitionNumber,
  relay,
  withRelay,
} from "../support/relay-in-workerd.ts";

const crms = withRelay();

/** Everything that a partition has stored, as text. */
async function everythingStored(customerId: string): Promise<string> {
  const object = env.LEDGER.getByName(String(await partitionNumber(customerId)));
  return runInDurableObject(object, (_, { storage }) =>
    JSON.stringify([
      storage.sql.exec("SELECT * FROM customers").toArray(),
      storage.sql.exec("SELECT * FROM tombstones").toArray(),
    ]),
  );
}

const justAfterNow = (): string => new Date(Date.now() + 60_000).toISOString();

describe("DELETE /v1/profiles/{customer_id}", () => {
  it("forgets the customer at once, in KV and in the ledger", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    const answer = await relay.ask("/v1/profiles/webhook-test", {
      method: "DELETE",
      headers: { authorization: "Bearer test-api-token" },
    });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(await env.PROFILES.get("webhook-test")).toBeNull();
    expect(await inLedger("webhook-test")).toBeNull();
    expect(await relay.profile("webhook-test")).toBeNull();
    expect(await relay.profile("webhook-test", "strong")).toBeNull();
    expect(await relay.standings("webhook-test")).toBeNull();
  });

  it("is answered although KV refuses the deletion just now, and KV forgets all the same", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    const kv = Object.getPrototypeOf(env.PROFILES) as KVNamespace;
    const refusal = vi.spyOn(kv, "delete").mockRejectedValueOnce(new Error("429"));
    const answer = await relay.ask("/v1/profiles/webhook-test", {
      method: "DELETE",
      headers: { authorization: "Bearer test-api-token" },
    });
    expect([answer.status, refusal.mock.calls.length]).toEqual([204, 1]);
    await eventually(async () => expect(await env.PROFILES.get("webhook-test")).toBeNull());
    refusal.mockRestore();
  });

  it("leaves nothing personal behind, once all is settled", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    await relay.erase("webhook-test");
    await eventually(async () => {
      const stored = await everythingStored("webhook-test");
      expect(stored).not.toMatch(/webhook-test|customer@example\.com|referral_123/);
      expect(stored).toContain("occurred_until");
    });
    expect((await env.PROFILES.list()).keys).toEqual([]);
  });

  it("does not let a late retry of the same webhook bring the customer back", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    await relay.erase("webhook-test");
    for (const time of [
      "2024-11-19T17:34:42.297Z",
      "2024-11-20T00:00:00Z",
      "2020-01-01T00:00:00Z",
    ]) {
      const late = await relay.send(sampleWebhook({ created_at: time }));
      expect([late.status, late.body]).toEqual([200, { outcome: "stale" }]);
    }
    expect(await inLedger("webhook-test")).toBeNull();
    expect(crms.events("one")).toHaveLength(1);
  });

  it("lets an update that is newer than the erasure begin anew", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    await relay.erase("webhook-test");
    const { sequence } = await relay.accept(sampleWebhook({ created_at: justAfterNow() }));
    expect(sequence).toBeGreaterThan(1);
    await eventually(() => expect(crms.events("one")).toHaveLength(2));
    expect(crms.events("one")[1]?.data).toMatchObject({ sequence, changes: null });
    await eventually(async () => {
      expect(await env.PROFILES.get("webhook-test", "json")).toMatchObject({ sequence });
    });
  });

  it("keeps to it while deliveries are under way", async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    crms.answers("one", async () => {
      await released;
      return new Response("late");
    });
    await relay.accept(sampleWebhook());
    await eventually(() => expect(crms.calls("one")).toHaveLength(1));
    expect(await relay.erase("webhook-test")).toBe(204);
    release();
    await eventually(async () => {
      expect(await everythingStored("webhook-test")).not.toContain("webhook-test");
    });
    expect(await relay.profile("webhook-test")).toBeNull();
    expect((await env.PROFILES.list()).keys).toEqual([]);
  });

  it("ends what was still to be delivered", async () => {
    crms.answers("one", () => new Response("", { status: 503 }));
    await relay.accept(sampleWebhook());
    await eventually(async () => {
      expect((await relay.standing("webhook-test", "one")).attempts).toBe(1);
    });
    await relay.erase("webhook-test");
    const before = crms.calls("one").length;
    moveClock(60 * 60 * 1000);
    expect(await relay.ring("webhook-test")).toBe(true);
    await scheduler.wait(100);
    expect(crms.calls("one")).toHaveLength(before);
  });

  it("answers 204 for a customer whom nobody knows, and again for one already forgotten", async () => {
    expect(await relay.erase("nobody")).toBe(204);
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    expect(await relay.erase("webhook-test")).toBe(204);
    expect(await relay.erase("webhook-test")).toBe(204);
  });

  it("keeps a customer out who was forgotten before the first webhook came", async () => {
    expect(await relay.erase("webhook-test")).toBe(204);
    expect((await relay.send(sampleWebhook())).body).toEqual({ outcome: "stale" });
  });

  it("forgets nobody else", async () => {
    await relay.accept(update("ann", 1));
    await relay.accept(update("bob", 1));
    await relay.erase("ann");
    expect(await relay.profile("bob", "strong")).not.toBeNull();
  });

  it("forgets the erasure itself after a day", async () => {
    await relay.accept(sampleWebhook());
    await relay.stands("webhook-test", "synced");
    await relay.erase("webhook-test");
    moveClock(24 * 60 * 60 * 1000 + 1);
    await relay.ring("webhook-test");
    await eventually(async () => {
      expect(await everythingStored("webhook-test")).toBe("[[],[]]");
    });
  });
});
