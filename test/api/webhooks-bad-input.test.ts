// Nothing under /webhooks/gameball answers 5xx, for any body whatever; and the relay lives on.
import fc from "fast-check";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { badBodies } from "../support/bad-input.ts";
import { signBody } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";

const crms = withRelay();

/** 20,000 bodies in all. */
const RUNS = { bytes: 5_000, json: 6_000, broken: 3_000, mutated: 4_000, unsigned: 2_000 };
const TIMEOUT_MS = 240_000;
const METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];
const ANSWERS = [200, 202, 400, 413, 422];

// Nobody reads 20,000 lines of log.
beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
});

/** Sends signed bodies until one is answered wrongly; how often each status came. */
async function sendAll(
  bodies: fc.Arbitrary<string | Uint8Array>,
  numRuns: number,
): Promise<Readonly<Record<number, number>>> {
  const seen: Record<number, number> = {};
  const property = fc.asyncProperty(bodies, async (body) => {
    const { status, text } = await relay.post(body);
    if (!ANSWERS.includes(status)) throw new Error(`answered ${status}: ${text}`);
    seen[status] = (seen[status] ?? 0) + 1;
  });
  await fc.assert(property, { numRuns });
  return seen;
}

describe("POST /webhooks/gameball", () => {
  it("answers any signed bytes as they deserve", { timeout: TIMEOUT_MS }, async () => {
    const seen = await sendAll(badBodies.bytes, RUNS.bytes);
    expect(seen[400]).toBeGreaterThan(RUNS.bytes / 2);
  });

  it("answers any signed JSON as it deserves", { timeout: TIMEOUT_MS }, async () => {
    const seen = await sendAll(badBodies.json, RUNS.json);
    expect(seen[422]).toBeGreaterThan(RUNS.json / 2);
  });

  it("answers any signed, broken sample as it deserves", { timeout: TIMEOUT_MS }, async () => {
    const seen = await sendAll(badBodies.broken, RUNS.broken);
    expect(seen[400]).toBeGreaterThan(RUNS.broken / 10);
  });

  it(
    "answers samples with odd values, and delivers what it accepts",
    { timeout: TIMEOUT_MS },
    async () => {
      const log = vi.spyOn(console, "log").mockReturnValue();
      const seen = await sendAll(badBodies.mutated, RUNS.mutated);
      for (const status of ANSWERS.filter((other) => other !== 400)) {
        expect(seen[status], `status ${status}`).toBeGreaterThan(0);
      }
      await relay.accept(update("ann", 1));
      await relay.stands("ann", "synced");
      await relay.stands("webhook-test", "synced");
      expect(crms.events("one").map(({ data }) => data.customer_id)).toContain("ann");
      const lines = log.mock.calls.flat().join("\n");
      expect(lines).toContain("delivery.attempted");
      expect(lines).not.toMatch(/request\.failed|consumer\.failed|alarm_failed|unreadable_state/);
    },
  );

  it("answers 401 to whatever is not signed", { timeout: TIMEOUT_MS }, async () => {
    const { bytes, json, mutated } = badBodies;
    const signature = fc.option(fc.oneof(fc.stringMatching(/^[0-9a-f]{40}$/), fc.string()));
    const property = fc.asyncProperty(
      fc.oneof(bytes, json, mutated),
      signature,
      async (body, digits) => {
        const printable = digits?.replaceAll(/[^\u0020-\u007e]/g, "?");
        const headers = printable === undefined ? {} : { "x-gb-signature": printable };
        const { status } = await relay.post(body, headers);
        expect([401, 413]).toContain(status);
      },
    );
    await fc.assert(property, { numRuns: RUNS.unsigned });
  });

  it("answers any method and query, signed or not, without failing", async () => {
    const method = fc.constantFrom(...METHODS);
    const query = fc.string({ unit: "binary" }).map((text) => text.toWellFormed());
    const property = fc.asyncProperty(method, query, fc.string(), async (name, search, body) => {
      const path = `/webhooks/gameball?${encodeURIComponent(search)}`;
      const headers = { "x-gb-signature": await signBody(body) };
      const init = { method: name, headers, ...(name === "GET" ? {} : { body }) };
      expect((await relay.ask(path, init)).status).toBe(405);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
