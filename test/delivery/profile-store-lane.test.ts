// The lane of the lookup store: what it writes to KV, and what becomes of a write that fails.
import { reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { profileStoreLane } from "../../src/delivery/profile-store-lane.ts";
import { consignments } from "../support/lane.ts";

const deadline = { endBy: 60_000, startBy: Infinity };
const context = { now: () => 0, telemetry: { logShare: 1, metrics: null } };

afterEach(reset);
afterEach(() => {
  vi.restoreAllMocks();
});

describe("the lookup store's lane", () => {
  it("stores every profile and settles each as delivered", async () => {
    const settled = await profileStoreLane(env.PROFILES, context)(consignments(10), deadline);
    expect(settled).toHaveLength(10);
    for (const { consignment, settlement } of settled) {
      expect(settlement).toEqual({ kind: "delivered", status: null });
      const stored = await env.PROFILES.get(consignment.customerId, "json");
      expect(consignment.delivery).toMatchObject({ profile: stored });
    }
  });

  it("removes a customer who is to be forgotten", async () => {
    const [first] = consignments(1);
    if (first === undefined) throw new Error("no consignment");
    await profileStoreLane(env.PROFILES, context)([first], deadline);
    await profileStoreLane(env.PROFILES, context)([{ ...first, delivery: null }], deadline);
    expect(await env.PROFILES.get(first.customerId)).toBeNull();
  });

  it("tries again what KV refused, without naming the customer, and stores the others", async () => {
    const log = vi.spyOn(console, "log");
    const profiles = new Proxy(env.PROFILES, {
      get: (target, name) => async (key: string, value: string) => {
        if (key === "c2") throw new Error(`429 for ${key}`);
        return name === "put" ? target.put(key, value) : undefined;
      },
    });
    const settled = await profileStoreLane(profiles, context)(consignments(3), deadline);
    const kinds = settled.map(({ consignment, settlement }) => [
      consignment.customerId,
      settlement.kind,
    ]);
    expect(Object.fromEntries(kinds)).toEqual({ c1: "delivered", c2: "retry", c3: "delivered" });
    const texts = JSON.stringify([settled.map(({ settlement }) => settlement), log.mock.calls]);
    expect(texts).toContain("Workers KV refused the write");
    expect(texts).not.toContain("c2");
  });

  it("has at most four writes under way", async () => {
    let underWay = 0;
    let most = 0;
    const profiles = new Proxy(env.PROFILES, {
      get: () => async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await scheduler.wait(2);
        underWay -= 1;
      },
    });
    await profileStoreLane(profiles, context)(consignments(20), deadline);
    expect(most).toBe(4);
  });
});
