// Whatever is sent to /webhooks, signed or not, is answered as the contract has it, and never repeated.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { badBodies } from "../support/bad-input.ts";
import { sampleNotificationWebhook, sampleWebhook, signBody } from "../support/gameball.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { ask, expectSilent, watchLog } from "./asked.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { CANARY, mutatedBytes, mutatedJson, rarely } from "./mutations.ts";

withRelay();

const WEBHOOKS = "/webhooks/gameball";
const SAMPLES = [
  sampleWebhook(),
  sampleWebhook({ attributes: { city: "Cairo" }, customer_id: `${CANARY}@example.com` }),
  sampleNotificationWebhook(),
];

const odd = fc.constantFrom(
  CANARY,
  `"${CANARY}"`,
  "0",
  "-1",
  "1e9",
  "99999999999",
  "",
  "*/*",
  "x y",
);
const headers = fc.dictionary(
  fc.constantFrom(
    "content-type",
    "content-encoding",
    "x-gb-webhook-version",
    "x-request-id",
    "x-forwarded-for",
    "authorization",
    "cookie",
    "if-none-match",
    "range",
    CANARY,
  ),
  odd,
  { maxKeys: 4 },
);

const requests = (body: fc.Arbitrary<string | Uint8Array>) =>
  fc.record({
    body,
    headers,
    contentLength: rarely(odd),
    signature: fc.constantFrom("right", "right", "right", "none", CANARY, "0".repeat(40)),
    method: fc.oneof(
      { weight: 9, arbitrary: fc.constant("POST") },
      fc.constantFrom("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"),
    ),
    path: fc.oneof(
      { weight: 9, arbitrary: fc.constant(WEBHOOKS) },
      fc.constantFrom(
        `${WEBHOOKS}?${CANARY}=${CANARY}`,
        `${WEBHOOKS}/${CANARY}`,
        `/webhooks/${CANARY}`,
        "/webhooks/gameball%00",
        `/webhooks/%ff${CANARY}`,
      ),
    ),
  });

const ANSWERS = [200, 202, 400, 401, 403, 404, 405, 413, 422];

describe("whatever is sent to /webhooks", () => {
  it.each([
    ["bytes", fc.oneof(badBodies.bytes, mutatedBytes(SAMPLES.map((one) => JSON.stringify(one))))],
    ["JSON", badBodies.json],
    ["mutated samples", fc.oneof(mutatedJson(SAMPLES), badBodies.notifications)],
  ])("is answered by the contract: %s", { timeout: TEST_MS }, async (name, bodies) => {
    const logged = watchLog();
    const counts = await fuzz(`webhooks, ${name}`, 500, requests(bodies), async (input) => {
      const { body, method, path, signature, contentLength, headers: sent } = input;
      const signed = signature === "right" ? await signBody(body) : signature;
      const all = new Headers(sent);
      if (signature !== "none") all.set("x-gb-signature", signed);
      if (contentLength !== null) all.set("content-length", contentLength);
      const hasBody = method !== "GET" && method !== "HEAD";
      const init = { method, headers: all, ...(hasBody ? { body } : {}) };
      const answer = await ask(relay, path, init);
      expect(ANSWERS).toContain(answer.status);
      expectSilent(answer.text, answer.headers);
      expectSilent(logged());
      return [String(answer.status)];
    });
    for (const status of ["401", "405"]) expect(counts.get(status)).toBeGreaterThan(0);
  });
});
