// How deliveries are put into calls.
import { describe, expect, it } from "vitest";
import { batchIdOf, chunk } from "../../src/delivery/calls.ts";
import type { Delivery, Item } from "../../src/destinations/adapter.ts";
import { sampleDelivery, sampleNotificationDelivery } from "../support/samples.ts";

const caps = (maxItems: number, maxBytes: number, minItems = 1) => ({
  maxItems,
  minItems,
  maxBytes,
});
const items = (...jsons: string[]) => jsons.map((json) => ({ json }));

const itemOf = (delivery: Delivery, key: string | null = null): Item => ({
  delivery,
  json: "{}",
  key,
});

describe("chunk", () => {
  it("makes no call of nothing", () => {
    expect(chunk([], caps(10, 100))).toEqual([]);
  });

  it("keeps the order and fills calls up to the number of items", () => {
    const calls = chunk(items("1", "2", "3", "4", "5"), caps(2, 100));
    expect(calls).toEqual([items("1", "2"), items("3", "4"), items("5")]);
  });

  it("starts another call where the bytes would be too many, counting one for each comma", () => {
    expect(chunk(items("aaa", "bbb", "ccc"), caps(10, 8))).toEqual([
      items("aaa", "bbb"),
      items("ccc"),
    ]);
    expect(chunk(items("aaa", "bbb"), caps(10, 7))).toHaveLength(2);
  });

  it("counts bytes and not characters", () => {
    expect(chunk(items("éé", "é"), caps(10, 7))).toHaveLength(2);
    expect(chunk(items("éé", "é"), caps(10, 8))).toHaveLength(1);
  });

  it("lets an item that is too large go alone", () => {
    expect(chunk(items("1", "x".repeat(100), "2"), caps(10, 50))).toEqual([
      items("1"),
      items("x".repeat(100)),
      items("2"),
    ]);
  });
});

describe("chunk, where small calls are made one by one", () => {
  it("leaves a call alone that has enough", () => {
    expect(chunk(items("1", "2", "3"), caps(3, 100, 3))).toEqual([items("1", "2", "3")]);
  });

  it("takes a call apart that has fewer, also the last of several", () => {
    const calls = chunk(items("1", "2", "3", "4", "5"), caps(3, 100, 3));
    expect(calls).toEqual([items("1", "2", "3"), items("4"), items("5")]);
  });
});

describe("batchIdOf", () => {
  const profile = itemOf(sampleDelivery());
  const notification = itemOf(sampleNotificationDelivery());

  it("is the same for every attempt at the same events", async () => {
    const id = await batchIdOf([profile, notification]);
    expect(id).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(await batchIdOf([itemOf({ ...sampleDelivery(), changes: {} }), notification])).toBe(id);
  });

  it("is another for other events", async () => {
    const calls = [
      [profile, notification],
      [notification, profile],
      [profile],
      [notification],
      [itemOf(sampleNotificationDelivery({ event_id: "evt_2" }))],
    ];
    const ids = await Promise.all(calls.map(batchIdOf));
    expect(new Set(ids)).toHaveProperty("size", calls.length);
  });
});
