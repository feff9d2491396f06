// GET /openapi.json: what it says of the API, and that it says all there is.
import { describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { describeApi } from "../../src/api/openapi/document.ts";
import { PROBLEMS } from "../../src/api/problem.ts";
import {
  breachesOf,
  expectDescribed,
  isOfApi,
  operationOf,
  operations,
} from "../support/described.ts";
import type { Answer } from "../support/relay-client.ts";
import { relay, relayWith } from "../support/relay-in-workerd.ts";

const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** What the app answers, as `GET /v1/profiles/{customer_id}`; middleware is for all methods of a pattern. */
const routes = [
  ...new Set(
    app.routes
      .filter(({ method, path }) => method !== "ALL" && isOfApi(path))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
  ),
];

/** All JSON that is described, and where. */
const contents = operations.flatMap(({ operationId, requestBody, responses }) => {
  const described = [["request", requestBody] as const, ...Object.entries(responses)];
  return described.flatMap(([name, { content = {} } = {}]) =>
    Object.entries(content).map(([type, one]) => ({
      where: `${operationId} ${name}`,
      type,
      ...one,
    })),
  );
});
const examples = contents.flatMap(({ where, schema, examples: named }) =>
  Object.entries(named).map(([name, { value }]) => ({ where: `${where} ${name}`, schema, value })),
);

describe("GET /openapi.json", () => {
  it("is for everybody, and kept by no cache", async () => {
    const { status, headers, body } = await relay.ask("/openapi.json");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(body).toEqual(JSON.parse(JSON.stringify(describeApi())));
  });

  it("is there, and the same, while the configuration is wrong", async () => {
    const wrong = await relayWith({ API_TOKEN: "" }).ask("/openapi.json");
    expect(wrong.text).toBe((await relay.ask("/openapi.json")).text);
  });

  it("describes every route of the API, and no other", () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described.toSorted()).toEqual(routes.toSorted());
    expect(described.length).toBeGreaterThan(15);
  });

  it.each(OTHER_METHODS)("says that webhooks are not sent by %s", async (method) => {
    const { status } = await relay.ask("/webhooks/gameball", { method });
    expect([status, operationOf("POST", "/webhooks/gameball")?.responses[status]]).toMatchObject([
      405,
      { headers: { Allow: {} } },
    ]);
  });

  it("has every kind of problem, and no other", () => {
    const types = examples.flatMap(({ value }) => {
      const { type } = value as { readonly type?: unknown };
      return typeof type === "string" ? [type] : [];
    });
    const known = Object.keys(PROBLEMS).map((kind) => `urn:gameball-relay:problem:${kind}`);
    expect([...new Set(types)].toSorted()).toEqual(known.toSorted());
  });

  it("has an example of every request and answer, and of every parameter", () => {
    const without = contents.filter(({ examples: named }) => Object.keys(named).length === 0);
    expect(without.map(({ where }) => where)).toEqual([]);
    const parameters = operations.flatMap((operation) => operation.parameters ?? []);
    expect(parameters.filter(({ example }) => example === undefined)).toEqual([]);
    expect(parameters.flatMap(({ schema, example }) => breachesOf(example, schema))).toEqual([]);
  });

  it.each(examples)("has an example that is as it says: $where", ({ schema, value }) => {
    expect(breachesOf(value, schema)).toEqual([]);
  });

  it("gives every operation a name of its own", () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it("lets the read token GET, and nothing else", () => {
    for (const { method, path, security } of operations) {
      if (!path.startsWith("/v1/")) continue;
      const reader = method === "GET" ? [{ apiReadToken: [] }] : [];
      expect(security).toEqual([{ apiToken: [] }, ...reader]);
    }
  });
});

describe("an answer that is not described", () => {
  it.each([
    ["status", "GET", "/health", answerOf(418, { status: "ok" }), /the status 418/],
    ["body", "GET", "/health", answerOf(200, { status: "well" }), /#\/status/],
    ["lack of a header", "GET", "/health", answerOf(200, { status: "ok" }, {}), /X-Request-Id/],
    ["content type", "GET", "/v1/profiles/ann", answerOf(404, {}), /application\/json/],
    ["body where none is", "DELETE", "/v1/profiles/ann", answerOf(204, {}), /a body: \{\}/],
    ["path", "GET", "/v1/customers", answerOf(200, {}), /nothing is there/],
    ["method", "PUT", "/v1/profiles/ann", answerOf(200, {}), /nothing is there/],
  ])("is found by its %s", (_, method, path, answer, fault) => {
    expect(() => expectDescribed(path, { method }, answer)).toThrow(fault);
  });

  it("is found by a property too many, or of another type", () => {
    const schema = schemaOf("GET", "/v1/profiles/ann", 200);
    const profile = examples.find(({ where }) => where === "getProfile 200 profile")?.value;
    expect(breachesOf(profile, schema)).toEqual([]);
    const changes = [
      { nickname: "ann" },
      { sequence: "1" },
      { tier: { name: "a", order: 1, x: 1 } },
    ];
    for (const change of changes) {
      expect(breachesOf({ ...(profile as object), ...change }, schema)).not.toEqual([]);
    }
  });

  it("is found by a problem of another kind", () => {
    const schema = schemaOf("GET", "/v1/profiles", 400, "application/problem+json");
    const problem = examples.find(({ where }) => where.endsWith("400 not-json"))?.value;
    expect(breachesOf(problem, schema)).not.toEqual([]);
  });
});

function answerOf(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = { "x-request-id": "1", etag: "1" },
): Answer {
  const all = new Headers({ "content-type": "application/json", ...headers });
  return { status, headers: all, text: JSON.stringify(body), body };
}

function schemaOf(method: string, path: string, status: number, type = "application/json") {
  const schema = operationOf(method, path)?.responses[status]?.content?.[type]?.schema;
  if (schema === undefined) throw new Error(`${method} ${path} ${status} is not described`);
  return schema;
}
