// The gate as consumers reach it: one Durable Object for each destination, and what outlives it.
import { abortAllDurableObjects, reset } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { gateOf } from "../../src/delivery/gate-client.ts";
import { bindings } from "../support/relay-in-workerd.ts";

const gate = (destination: string) => gateOf(bindings, destination);
const refused = { isAnswering: false, waitMs: null, hold: "the credentials were refused" };

afterEach(reset);

describe("a destination's gate", () => {
  it("grants the configured rate, to all consumers together", async () => {
    const [first, second] = await Promise.all([gate("one").admit(60), gate("one").admit(60)]);
    expect(first.granted + second.granted).toBe(100);
    expect(second).toMatchObject({ granted: 40, reason: null });
  });

  it("knows nothing of other gates", async () => {
    await gate("one").admit(100);
    expect(await gate("many").admit(100)).toMatchObject({ granted: 100, waitMs: 0, reason: null });
  });

  it("lets nobody through to a destination that is not configured", async () => {
    expect(await gate("gone").admit(1)).toMatchObject({ granted: 0, reason: "is not configured" });
  });

  it("tells whoever reports how long everybody waits", async () => {
    const wait = await gate("one").report({ isAnswering: false, waitMs: 60_000, hold: null });
    expect(wait.reason).toBe("the destination asked to wait");
    expect(wait.waitMs).toBeGreaterThan(55_000);
    expect((await gate("one").admit(1)).granted).toBe(0);
  });

  it("is open for whoever reports an answer", async () => {
    const wait = await gate("one").report({ isAnswering: true, waitMs: null, hold: null });
    expect(wait).toEqual({ waitMs: 0, reason: "" });
  });

  it("stays closed when its object is lost and comes back", async () => {
    await gate("one").report(refused);
    await abortAllDurableObjects();
    expect(await gate("one").admit(1)).toMatchObject({ granted: 0, reason: refused.hold });
  });

  it("stays open when its object is lost and comes back", async () => {
    await gate("one").report(refused);
    await gate("one").report({ isAnswering: true, waitMs: null, hold: null });
    await abortAllDurableObjects();
    expect((await gate("one").admit(1)).granted).toBe(1);
  });
});
