// What is said of an operation, in the words of OpenAPI 3.1.
import type { JsonObject } from "../../json-object.ts";
import { customerIdSchema } from "../../profile/customer-id.ts";
import { typeOf } from "../problem.ts";
import type { Access, Answer, HeaderName, Operation, Parameters, Paths } from "./operation.ts";
import { exampleOf, groupProblems, type ProblemGroup } from "./problems.ts";
import { inputSchema, outputSchema, refTo } from "./schemas.ts";

const SECURITY: Readonly<Record<Access, readonly JsonObject[]>> = {
  anybody: [],
  gameball: [{ gameballSignature: [] }],
  reader: [{ apiToken: [] }, { apiReadToken: [] }],
  writer: [{ apiToken: [] }],
};

/** How a request says who asks. */
export const securitySchemes = {
  apiToken: { type: "http", scheme: "bearer", description: "The secret `API_TOKEN`." },
  apiReadToken: {
    type: "http",
    scheme: "bearer",
    description: "The secret `API_READ_TOKEN`. It may only `GET`: anything else is answered 403.",
  },
  gameballSignature: {
    type: "apiKey",
    in: "header",
    name: "X-GB-Signature",
    description:
      "Gameball's signature: the hex digits of SHA-1 of the body, a colon and `GAMEBALL_SECRET_KEY`.",
  },
} as const;

/** The headers of answers, by their names. */
export const headers: Readonly<Record<HeaderName | "X-Request-Id", JsonObject>> = {
  "X-Request-Id": header(
    "By which the relay's log knows the request. A request may bring its own.",
  ),
  ETag: header("Of the profile as it is now, for `If-None-Match`."),
  "WWW-Authenticate": header("`Bearer`, as no valid token was sent (RFC 6750 §3)."),
  Allow: header("`POST`"),
};

/** The operations of a path, with the parameters that all of them have. */
export function renderPath(path: string, operations: NonNullable<Paths[string]>): JsonObject {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => pathParameter(name ?? ""));
  const rendered = Object.entries(operations).map(([method, operation]) => [
    method,
    renderOperation(operation),
  ]);
  return { ...unlessEmpty("parameters", named), ...Object.fromEntries(rendered) };
}

function renderOperation(operation: Operation): JsonObject {
  const { id, tag, summary, description, access, query, headers: sent, body } = operation;
  const parameters = [...render(query ?? {}, "query"), ...render(sent ?? {}, "header")];
  const problems = groupProblems(access, operation.problems);
  const responses = [
    ...operation.answers.map((one) => [one.status, renderAnswer(one)]),
    ...problems.map((group) => [group.status, renderProblems(group)]),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[access],
    ...unlessEmpty("parameters", parameters),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isRequired,
            content: json(inputSchema(body.schema), body.examples),
          },
        }),
    responses: Object.fromEntries(responses) as JsonObject,
  };
}

function renderAnswer({ description, schema, examples, headers: names }: Answer): JsonObject {
  const answered = { description, headers: refsTo(names) };
  if (schema === null) return answered;
  return { ...answered, content: json(outputSchema(schema), examples) };
}

function renderProblems({ kinds, headers: names }: ProblemGroup): JsonObject {
  const examples = kinds.map((kind) => [kind, exampleOf(kind)] as const);
  const types = { type: "object", properties: { type: { enum: kinds.map(typeOf) } } };
  return {
    description: [...new Set(examples.map(([, { title }]) => title))].join(", or: "),
    headers: refsTo(names),
    content: json(
      { allOf: [{ $ref: refTo("Problem") }, types] },
      Object.fromEntries(examples),
      "application/problem+json",
    ),
  };
}

function render(parameters: Parameters, place: "query" | "header"): JsonObject[] {
  return Object.entries(parameters).map(([name, { schema, example }]) => {
    const { description, default: fallback, ...shape } = outputSchema(schema);
    // A query is text, and so is its default, also where a number is meant.
    const value = shape.type === "integer" ? Number(fallback) : fallback;
    return {
      name,
      in: place,
      ...(description === undefined ? {} : { description }),
      schema: fallback === undefined ? shape : { ...shape, default: value },
      example,
    };
  });
}

function pathParameter(name: string): JsonObject {
  const required = { name, in: "path", required: true };
  if (name === "customer_id") {
    const { description, ...schema } = inputSchema(customerIdSchema);
    return { ...required, description, schema, example: "webhook-test" };
  }
  const description = "A destination's id, as the configuration has it.";
  return { ...required, description, schema: { type: "string" }, example: "acme-crm" };
}

function json(schema: object, examples: object, type = "application/json"): JsonObject {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }]);
  return { [type]: { schema, examples: Object.fromEntries(named) as JsonObject } };
}

function header(description: string): JsonObject {
  return { description, required: true, schema: { type: "string" } };
}

function refsTo(names: readonly HeaderName[]): JsonObject {
  const all = ["X-Request-Id", ...names];
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function unlessEmpty(name: string, values: readonly JsonObject[]): JsonObject {
  return values.length === 0 ? {} : { [name]: values };
}
