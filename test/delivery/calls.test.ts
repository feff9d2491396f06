// How deliveries are put into calls, and secrets kept out of what a CRM said.
import { describe, expect, it } from "vitest";
import { batchIdOf, chunk, mask } from "../../src/delivery/calls.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../support/samples.ts";

const items = (...jsons: string[]) => jsons.map((json) => ({ json }));

describe("chunk", () => {
  it("makes no call of nothing", () => {
    expect(chunk([], 10, 100)).toEqual([]);
  });

  it("keeps the order and fills calls up to the number of items", () => {
    const calls = chunk(items("1", "2", "3", "4", "5"), 2, 100);
    expect(calls).toEqual([items("1", "2"), items("3", "4"), items("5")]);
  });

  it("starts another call where the bytes would be too many, counting one for each comma", () => {
    expect(chunk(items("aaa", "bbb", "ccc"), 10, 8)).toEqual([items("aaa", "bbb"), items("ccc")]);
    expect(chunk(items("aaa", "bbb"), 10, 7)).toHaveLength(2);
  });

  it("counts bytes and not characters", () => {
    expect(chunk(items("éé", "é"), 10, 7)).toHaveLength(2);
    expect(chunk(items("éé", "é"), 10, 8)).toHaveLength(1);
  });

  it("lets an item that is too large go alone", () => {
    expect(chunk(items("1", "x".repeat(100), "2"), 10, 50)).toEqual([
      items("1"),
      items("x".repeat(100)),
      items("2"),
    ]);
  });
});

describe("batchIdOf", () => {
  const profile = sampleDelivery();
  const notification = sampleNotificationDelivery();

  it("is the same for every attempt at the same events", async () => {
    const id = await batchIdOf([profile, notification]);
    expect(id).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(await batchIdOf([{ ...profile, changes: {} }, { ...notification }])).toBe(id);
  });

  it("is another for other events", async () => {
    const calls = [
      [profile, notification],
      [notification, profile],
      [profile],
      [notification],
      [sampleNotificationDelivery({ event_id: "evt_2" })],
    ];
    const ids = await Promise.all(calls.map(batchIdOf));
    expect(new Set(ids)).toHaveProperty("size", calls.length);
  });
});

describe("mask", () => {
  it("hides every occurrence of every secret", () => {
    expect(mask("a s1 b s2 c s1", ["s1", "s2"])).toBe("a *** b *** c ***");
  });

  it("leaves nothing of a secret that begins like another", () => {
    expect(mask("token-long token", ["token", "token-long"])).toBe("*** ***");
  });

  it("takes a secret literally", () => {
    expect(mask("aXb a.b $&", ["a.b", "$&"])).toBe("aXb *** ***");
  });
});
