// Whatever a body holds, it is read as one kind of webhook or another, and reading never throws.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TOPICS } from "../../src/topics.ts";
import { badBodies } from "../support/bad-input.ts";
import { sampleNotificationWebhook } from "../support/gameball.ts";
import { notificationIn, readBody } from "../support/readings.ts";

const RUNS = { numRuns: 1_000 };
const TIMEOUT_MS = 60_000;

/** Reads bodies; how often each kind came. */
async function readAll(bodies: fc.Arbitrary<string | Uint8Array>): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const property = fc.asyncProperty(bodies, async (body) => {
    seen.add((await readBody(body, { topics: TOPICS })).kind);
  });
  await fc.assert(property, RUNS);
  return seen;
}

/** Big integers become the text of their digits, as far as JSON writes them without an exponent. */
function keepDigits(_key: string, value: unknown): unknown {
  const isBig = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isBig && Math.abs(Number(value)) < 1e21 ? String(value) : value;
}

describe("readWebhook", { timeout: TIMEOUT_MS }, () => {
  it("reads odd notifications, and finds both right and wrong ones", async () => {
    const seen = await readAll(badBodies.notifications);
    expect([...seen]).toEqual(expect.arrayContaining(["notification", "invalid"]));
  });

  it("reads broken bodies", async () => {
    const { bytes, json, broken } = badBodies;
    expect(await readAll(fc.oneof(bytes, json, broken))).toContain("not_json");
  });

  it("keeps any notification as it came, under an id that only depends on what it says", async () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
    const object = fc.dictionary(fc.string({ unit: "binary" }), value);
    const property = fc.asyncProperty(fc.array(object), object, async (data, others) => {
      const body = { ...others, ...sampleNotificationWebhook({ data }) };
      const event = await notificationIn(body);
      expect(JSON.stringify(event.notifications)).toBe(JSON.stringify(data, keepDigits));
      expect(await notificationIn(JSON.stringify(body, null, 1))).toEqual(event);
    });
    await fc.assert(property, RUNS);
  });
});
