// Every answer that the API's description promises, of every operation, asked for and got.
import { beforeEach, expect, it } from "vitest";
import { type ProblemKind, PROBLEMS } from "../../src/api/problem.ts";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { type DescribedOperation, operations } from "../support/described.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { connectionLost, relay, relayWith, withRelay } from "../support/relay-in-workerd.ts";

withRelay();

const WEBHOOKS = "/webhooks/gameball";
const MAX_BODY_BYTES = 64 * 1024;

/** A request that differs from an operation's usual one. */
interface Departure {
  readonly at?: typeof relay;
  readonly method?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Durable Objects none of whose methods can be reached, and those that cannot even be named. */
const lost = { getByName: () => new Proxy({}, { get: () => connectionLost }) };
const broken = {
  getByName: () => {
    throw new Error("a bug");
  },
};
/** A ledger that gives a page an end that is none. */
const confused = { getByName: () => ({ behind: async () => ({ profiles: [], next: 7n }) }) };

/** How each kind of problem is come by. */
const provoke: Readonly<Record<ProblemKind, (operation: DescribedOperation) => Departure>> = {
  "not-json": () => ({ body: "{" }),
  "invalid-request": ({ method }) => (method === "GET" ? { query: "?limit=0" } : { body: "[]" }),
  "invalid-signature": () => ({ headers: {} }),
  unauthorized: () => ({ headers: {} }),
  "other-client": () => ({ at: relayWith({ GAMEBALL_CLIENT_ID: "another" }) }),
  "read-only": () => ({ headers: bearer(API_READ_TOKEN) }),
  "not-found": ({ path }) =>
    path === "/v1/profiles"
      ? { query: "?behind=nobody" }
      : { parameters: { id: "nobody", customer_id: "x".repeat(513) } },
  "method-not-allowed": () => ({ method: "PUT" }),
  "too-large": () => ({ body: "x".repeat(MAX_BODY_BYTES + 1) }),
  "invalid-webhook": () => ({ body: JSON.stringify(sampleWebhook({ customer_id: null })) }),
  "internal-error": ({ path }) => {
    if (path === "/v1/profiles") return { at: relayWith({ LEDGER: confused }) };
    return path.startsWith("/v1/destinations")
      ? { at: relayWith({ GATES: broken }) }
      : { at: relayWith({ LEDGER: broken }) };
  },
  "not-configured": () => ({ at: relayWith({ API_TOKEN: "" }) }),
  "ledger-unavailable": () => ({ at: relayWith({ LEDGER: lost, GATES: lost }) }),
};

/** How the answers are come by that take more than the usual request, by operation and status. */
const departures: Readonly<Record<string, () => Departure | Promise<Departure>>> = {
  "getHealth 503": () => ({ at: relayWith({ API_TOKEN: "" }) }),
  "receiveWebhook 200": () => ({ body: JSON.stringify(update("ann", 0)) }),
  "getProfile 304": async () => {
    const { headers } = await relay.get(profilePath("ann"));
    return { headers: { ...bearer(API_TOKEN), "if-none-match": headers.get("etag") ?? "" } };
  },
};

/** The queries of usual requests, by operation. */
const QUERIES: Readonly<Record<string, string>> = {
  findProfiles: "?behind=one",
  getProfile: "?consistency=strong",
};

/** Sends an operation's usual request, or one that departs from it. */
async function ask(operation: DescribedOperation, departure: Departure) {
  const { at = relay, method = operation.method, query, parameters, body } = departure;
  const values = { customer_id: "ann", id: "one", ...parameters };
  const path = Object.entries(values).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, value),
    operation.path,
  );
  const search = query ?? QUERIES[operation.operationId] ?? "";
  const sent = body ?? (path === WEBHOOKS ? JSON.stringify(update("bob", 1)) : null);
  const usual =
    path === WEBHOOKS ? { "x-gb-signature": await signBody(sent ?? "") } : bearer(API_TOKEN);
  return at.ask(path + search, { method, headers: departure.headers ?? usual, body: sent });
}

interface Promised {
  readonly name: string;
  readonly operation: DescribedOperation;
  readonly status: number;
  /** `null` when the answer is no problem. */
  readonly kind: ProblemKind | null;
}

/** All that the description promises: answers, and each kind of problem by itself. */
const promised = operations.flatMap((operation) =>
  Object.entries(operation.responses).flatMap(([status, { content = {} }]): Promised[] => {
    const name = `${operation.operationId} ${status}`;
    const problems = content["application/problem+json"];
    if (problems === undefined) return [{ name, operation, status: Number(status), kind: null }];
    return Object.keys(problems.examples).map((kind) => ({
      name: `${name} ${kind}`,
      operation,
      status: Number(status),
      kind: kind as ProblemKind,
    }));
  }),
);

// The answers are judged by the client of the tests itself, as are all that any test gets.
beforeEach(async () => {
  await relay.accept(update("ann", 1));
  await relay.stands("ann", "synced");
});

it.each(promised)("$name", async ({ name, operation, status, kind }) => {
  const departure = kind === null ? await departures[name]?.() : provoke[kind](operation);
  const answer = await ask(operation, departure ?? {});
  expect(answer.status).toBe(status);
  const { type } = (answer.body ?? {}) as { readonly type?: unknown };
  expect(type).toBe(kind === null ? undefined : `urn:gameball-relay:problem:${kind}`);
});

it("includes every kind of problem", () => {
  const kinds = promised.flatMap(({ kind }) => kind ?? []);
  expect(new Set<string>(kinds)).toEqual(new Set(Object.keys(PROBLEMS)));
});
