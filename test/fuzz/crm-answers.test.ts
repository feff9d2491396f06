// Whatever a CRM answers, each delivery has one outcome that the ledger can work with, and nothing of a secret.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { callCrm } from "../../src/delivery/call.ts";
import type { Adapter, Answer } from "../../src/destinations/adapter.ts";
import type { Destination } from "../../src/destinations/destination.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import { readToken } from "../../src/destinations/oauth.ts";
import { itemsOf } from "../support/adapters.ts";
import { callVendor, NOW } from "../support/crms/calls.ts";
import { cloudevents, read, webhook } from "../support/crms/settings.ts";
import { destinationTo, VENDORS } from "../support/crms/vendors.ts";
import { sampleDeliveries } from "../support/samples.ts";
import { fuzz, TEST_MS } from "./dose.ts";
import { mutatedBytes, mutatedJson, oddValue, rarely } from "./mutations.ts";

vi.setConfig({ testTimeout: TEST_MS });

const DAY_MS = 24 * 60 * 60 * 1000;
const TOKEN = "token-in-the-gate-0123456789";
const MOST = 12;

const wait = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(DAY_MS));
const status = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599));
/** 500 characters of the vendor's, and what is said of them. */
const words = v.pipe(v.string(), v.nonEmpty(), v.maxLength(700));
const job = v.pipe(v.string(), v.nonEmpty(), v.maxLength(500));

const outcomeSchema = v.variant("kind", [
  v.strictObject({ kind: v.literal("delivered"), status }),
  v.strictObject({ kind: v.literal("accepted"), status, job: v.nullable(job) }),
  v.strictObject({
    kind: v.literal("retry"),
    status: v.nullable(status),
    error: words,
    afterMs: v.nullable(wait),
  }),
  v.strictObject({ kind: v.literal("held"), status, reason: words }),
  v.strictObject({ kind: v.literal("rejected"), status, error: words }),
  v.strictObject({ kind: v.literal("split"), status, error: words }),
]);

const tokenSchema = v.strictObject({
  kind: v.literal("token"),
  token: v.pipe(v.string(), v.regex(/^[!-~]+$/)),
  expiresAt: v.pipe(v.number(), v.integer(), v.minValue(NOW), v.maxValue(NOW + DAY_MS)),
});

const oddTime = fc.oneof(
  fc.constantFrom(
    "0",
    "-1",
    "1e9",
    "9".repeat(400),
    "0.0000001",
    "Infinity",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 99 Foo 275761 99:99:99 GMT",
    "1767225600",
    "1767225600000",
    "",
  ),
  fc.double().map(String),
  fc.integer().map(String),
  fc.stringMatching(/^[ -~]{0,20}$/),
);
const headers = fc.dictionary(
  fc.constantFrom(
    "retry-after",
    "x-ratelimit-reset",
    "x-ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-remaining",
    "content-type",
    "location",
  ),
  oddTime,
);
const statuses = fc.oneof(
  fc.constantFrom(200, 201, 202, 207, 400, 401, 403, 404, 409, 422, 423, 429, 477, 500, 503),
  fc.integer({ min: 200, max: 599 }),
);

/** An answer near to some right ones, or a connection that broke. */
function answersNear(samples: readonly string[]) {
  const values = samples.map((text): unknown => (text === "" ? {} : JSON.parse(text)));
  const body = fc.oneof(
    { weight: 4, arbitrary: mutatedJson(values) },
    mutatedBytes(samples),
    oddValue.map((value) => JSON.stringify(value)),
    fc.uint8Array({ maxLength: 200 }),
  );
  return fc.record({
    count: fc.integer({ min: 1, max: MOST }),
    status: statuses,
    headers,
    body,
    isBroken: rarely(fc.constant(true)),
    repeats: rarely(fc.constant(true)),
  });
}
type OddAnswer = ReturnType<typeof answersNear> extends fc.Arbitrary<infer T> ? T : never;

/** A `fetch` that gives an answer, which may repeat all secrets there are. */
function fetcherOf(answer: OddAnswer, secrets: readonly string[]): typeof fetch {
  const { isBroken, repeats, body } = answer;
  const tail = new TextEncoder().encode(repeats !== null ? ` ${secrets.join(" ")} ` : "");
  const head = typeof body === "string" ? new TextEncoder().encode(body) : body;
  return async () => {
    if (isBroken !== null) throw new Error(`connect ${secrets.join(" ")}${"x".repeat(2_000)}`);
    const isEmpty = [204, 205, 304].includes(answer.status);
    const bytes = isEmpty ? null : new Uint8Array([...tail, ...head]);
    return new Response(bytes, { status: answer.status, headers: answer.headers });
  };
}

async function expectOutcomes(
  answer: OddAnswer,
  destination: Destination,
  adapter: Adapter,
): Promise<string[]> {
  const items = itemsOf(adapter, sampleDeliveries(answer.count));
  const { url, oauth } = destination;
  const secrets = [...destination.secrets, url, ...(oauth === null ? [] : [TOKEN])];
  // Each call leaves a timer behind until its timeout, and workerd has 10,000 of them: let them go off.
  await scheduler.wait(1);
  const impatient = { ...destination, timeoutMs: 1_000 };
  const { ended } = await callCrm(items, impatient, adapter, {
    fetcher: fetcherOf(answer, secrets),
    now: () => NOW,
    accessToken: async () => ({ kind: "token", token: TOKEN, expiresAt: NOW + DAY_MS }),
  });
  expect(ended.map(({ item }) => item)).toEqual(items);
  return ended.map(({ outcome }) => {
    v.parse(outcomeSchema, outcome);
    for (const secret of secrets) expect(JSON.stringify(outcome)).not.toContain(secret);
    const asked = outcome.kind === "accepted" ? (outcome.job ?? "1") : "1";
    expect(adapter.jobs?.askStatus(asked).url ?? "://").toContain("://");
    return outcome.kind;
  });
}

const DESTINATIONS = [
  ...Object.entries(VENDORS).map(([format, create]) => {
    const vendor = create();
    const destination = destinationTo(vendor);
    const adapter = adapterOf(destination);
    const given = sampleDeliveries(MOST);
    for (const { profile } of given) vendor.meet(profile);
    const samples = [1, MOST].map((count) => {
      return callVendor(vendor, adapter, given.slice(0, count)).answer.text;
    });
    return { format, destination, adapter, samples };
  }),
  ...[webhook, cloudevents].map((settings) => {
    const destination = read({ ...settings, batch: MOST, signing_secret: "${SIGNING}" });
    const adapter = adapterOf(destination);
    return { format: destination.format, destination, adapter, samples: ["", '{"ok":true}'] };
  }),
];

/** A token that lasts so many seconds. */
function lived(lifetime: string): string {
  return `{"access_token":"abc","expires_in":${lifetime}}`;
}

describe("whatever a CRM answers", () => {
  it.each(DESTINATIONS)(
    "each delivery in the format $format has one outcome",
    async ({ format, destination, adapter, samples }) => {
      const counts = await fuzz(`CRM answers, ${format}`, 300, answersNear(samples), (answer) =>
        expectOutcomes(answer, destination, adapter),
      );
      expect(counts.get("retry")).toBeGreaterThan(0);
      expect(counts.get("held")).toBeGreaterThan(0);
    },
  );

  it("a job's state and complaints are understood, or said not to be", async () => {
    const { adapter } = DESTINATIONS.find(({ format }) => format === "klaviyo") ?? {};
    const { jobs = null } = adapter ?? {};
    if (jobs === null) throw new Error("Klaviyo has no jobs");
    const complaint = { code: "invalid", title: "t", detail: "d" };
    const original_payload = { data: { attributes: { email: "a@example.com" } } };
    const samples = [
      { data: { id: "job", attributes: { status: "complete", failed_count: 1 } } },
      { data: { id: "job", attributes: { status: "processing" } } },
      {
        data: [{ attributes: { ...complaint, original_payload } }],
        links: { next: "https://a.klaviyo.com/api?page%5Bcursor%5D=abc" },
      },
    ];
    const mostlyWell = fc.oneof(fc.constant(200), statuses);
    const inputs = fc.record({ status: mostlyWell, text: mutatedJson(samples, 2) });
    const counts = await fuzz("CRM answers, Klaviyo's jobs", 1_000, inputs, (input) => {
      const answer: Answer = { kind: "response", ...input, headers: new Headers() };
      const standing = jobs.readStatus(answer);
      const complaints = jobs.readComplaints(answer);
      for (const { key, error } of complaints?.complaints ?? []) {
        expect(key).not.toBe("");
        v.parse(words, error);
      }
      const next = complaints?.next ?? null;
      expect(jobs.askComplaints("job", next).url).toContain("://");
      if (next !== null) v.parse(v.pipe(v.string(), v.maxLength(2_000)), next);
      return [standing.kind, complaints === null ? "not complaints" : "complaints"];
    });
    expect([...counts.keys()].toSorted()).toContain("complaints");
  });

  it("a token is one that may be used for a while, or there is none", async () => {
    const samples = [
      { access_token: "abc", expires_in: 3600, token_type: "Bearer" },
      { access_token: "abc", expires_in: "3600" },
      { error: "invalid_grant", error_description: "expired" },
    ];
    const inputs = fc.record({
      status: statuses,
      headers,
      text: fc.oneof(
        mutatedJson(samples),
        oddValue.map((value) => JSON.stringify(value)),
      ),
      lifetime: fc.option(
        oddTime.filter((text) => /^[\d.e+-]+$/.test(text)),
        { freq: 2 },
      ),
    });
    const counts = await fuzz(
      "CRM answers, tokens",
      1_500,
      inputs,
      ({ lifetime, text, ...rest }) => {
        const body = lifetime === null ? text : lived(lifetime);
        const answer = { kind: "response", ...rest, text: body } as const;
        const access = readToken({ ...answer, headers: new Headers(rest.headers) }, NOW, []);
        v.parse(access.kind === "token" ? tokenSchema : outcomeSchema, access);
        return [access.kind];
      },
    );
    expect(counts.get("token")).toBeGreaterThan(0);
  });
});
