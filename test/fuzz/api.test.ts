// Whatever is asked of the API and the dashboard, with a token and without: what is described, and no failure.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { Guest } from "../support/dashboard.ts";
import { type DescribedOperation, operations } from "../support/described.ts";
import { update } from "../support/relay-client.ts";
import { relay, withRelay } from "../support/relay-in-workerd.ts";
import { ask, expectSilent, watchLog } from "./asked.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { CANARY, mutatedBytes, mutatedJson, oddValue, rarely } from "./mutations.ts";

withRelay();

const CUSTOMERS = ["ann", "bob", "a/b?é", "100%", "constructor"];

const toBase64 = (text: string): string =>
  new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });

const oddText = oddValue.map((value) =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? ""))
    .toWellFormed()
    .slice(0, 2_000),
);
const cursor = mutatedJson(
  [
    [0, "ann", 0],
    [15, "", 3],
  ],
  2,
).map(toBase64);
const text = fc.oneof(
  oddText,
  cursor,
  fc.constantFrom("one", "many", "PROFILES", "ann@example.com", "1", "1000", "strong", CANARY),
);
/** A segment of a path, mostly of something that is there; some are no right percent-encoding. */
const segment = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...CUSTOMERS, "one", "many").map(encodeURIComponent) },
  oddText.filter((one) => one !== "").map(encodeURIComponent),
  fc.constantFrom("%", "%ff", "%00", "%2e%2e", "%2F", `%${CANARY}`, "..%2f", "x".repeat(600)),
);
const authorization = fc.oneof(
  { weight: 5, arbitrary: fc.constant(`Bearer ${API_TOKEN}`) },
  fc.constantFrom(`Bearer ${API_READ_TOKEN}`, `bearer  ${CANARY}`, CANARY, "Bearer", ""),
);
const headers = fc.dictionary(
  fc.constantFrom("if-none-match", "content-type", "accept", "x-request-id", "range", CANARY),
  fc.constantFrom("*", '"x"', `W/"${CANARY}"`, CANARY, "text/plain", "application/json", ""),
  { maxKeys: 3 },
);
const bodies = fc.oneof(
  fc.constant(null),
  mutatedJson([{ customer_ids: ["ann"] }, { all: true }, {}], 3),
  mutatedBytes(['{"customer_ids":["ann","bob"]}']),
);

const apiRequest = fc.record({
  operation: fc.constantFrom(...operations.filter(({ path }) => path.startsWith("/v1/"))),
  method: rarely(fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")),
  segment,
  query: fc.array(fc.tuple(fc.nat(), text), { maxLength: 4 }),
  authorization,
  headers,
  body: bodies,
});

/** A path and query of an operation. Some names of the query are its own. */
function pathOf(
  { path, parameters = [] }: DescribedOperation,
  part: string,
  query: readonly (readonly [number, string])[],
): string {
  const own = parameters.filter((one) => one.in === "query").map(({ name }) => name);
  const names = [...own, ...own, "limit", "cursor", CANARY];
  const search = new URLSearchParams(
    query.map(([at, value]): [string, string] => [names[at % names.length] ?? "", value]),
  );
  return `${path.replace(/\{\w+\}/, part)}?${search.toString()}`;
}

describe("whatever is asked", () => {
  it("of the API is answered as it is described", { timeout: TEST_MS }, async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    const logged = watchLog();
    const counts = await fuzz("API", 500, apiRequest, async (input) => {
      const { operation, method, body } = input;
      const sent = method ?? operation.method;
      const hasBody = sent !== "GET" && sent !== "HEAD" && body !== null;
      const init = {
        method: sent,
        headers: { ...input.headers, authorization: input.authorization },
        ...(hasBody ? { body } : {}),
      };
      const answer = await ask(relay, pathOf(operation, input.segment, input.query), init);
      expectSilent(answer.text, answer.headers);
      expectSilent(logged());
      return [String(answer.status)];
    });
    for (const status of ["200", "401", "404"]) expect(counts.get(status)).toBeGreaterThan(0);
  });

  it("of the dashboard is a page, a way there, or a refusal", { timeout: TEST_MS }, async () => {
    for (const customer of CUSTOMERS) await relay.accept(update(customer, 1));
    const guest = new Guest(relay);
    await guest.signIn();
    const csrf = await guest.csrf();
    const logged = watchLog();
    const forms = fc.dictionary(
      fc.constantFrom("order", "all", "customer_id", "destination", "confirmed", "token", "next"),
      fc.oneof(
        text,
        fc.constantFrom("pause", "resume", "test", "backfill", "replay", "resync", "erase", "yes"),
        fc.constantFrom(`//${CANARY}.example.com`, `https://${CANARY}.example.com`, "/customers"),
      ),
    );
    const requests = fc.record({
      page: fc.constantFrom(
        "/",
        "/destinations/:",
        "/customers",
        "/customers/:",
        "/sign-in",
        "/sign-out",
        "/assets/:",
      ),
      segment,
      query: fc.dictionary(fc.constantFrom("q", "next", "cursor", "dead", "behind", CANARY), text),
      method: fc.constantFrom("GET", "GET", "POST", "HEAD", "PUT"),
      cookie: fc.constantFrom("own", "own", "own", "", CANARY, `session=${CANARY}`, "=;;="),
      csrf: fc.constantFrom(csrf, csrf, csrf, "", CANARY),
      form: forms,
    });
    await fuzz("dashboard", 200, requests, async (input) => {
      const { page, method, cookie, form, query } = input;
      const path = `${page.replace(":", input.segment)}?${new URLSearchParams(query).toString()}`;
      // Whoever signs out is in no session any more, which is another's test.
      const hasBody = method !== "GET" && method !== "HEAD";
      const body = new URLSearchParams({ ...form, csrf: input.csrf }).toString();
      const answer = await ask(relay, path, {
        method,
        headers: {
          cookie: cookie === "own" ? guest.cookie : cookie,
          "content-type": "application/x-www-form-urlencoded",
          "cf-connecting-ip": crypto.randomUUID(),
        },
        ...(hasBody ? { body } : {}),
      });
      expect([200, 303, 304, 400, 401, 403, 404, 405, 413, 429]).toContain(answer.status);
      // A page repeats what was looked for, and nothing of it as markup.
      expect(answer.text).not.toContain(`<${CANARY}`);
      const isElsewhere = /^(?:https?:)?\/\//.test(answer.headers.get("location") ?? "");
      expect(isElsewhere).toBe(false);
      expectSilent(logged());
      return [String(answer.status)];
    });
  });
});
