// The API's own description, held against what the relay answers. Runs in workerd and in Node.
import { type Schema, Validator } from "@cfworker/json-schema";
import { describeApi } from "../../src/api/openapi/document.ts";
import type { Answer } from "./relay-client.ts";

/** A response as the description has it. */
export interface DescribedResponse {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, DescribedContent>>;
}

/** JSON of some media type. */
export interface DescribedContent {
  readonly schema: Schema;
  readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A parameter of a path, a query or a header. */
export interface DescribedParameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
  readonly example: unknown;
}

/** An operation, and where it is. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly DescribedParameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, DescribedContent>> };
  readonly responses: Readonly<Record<string, DescribedResponse>>;
}

type PathItem = Readonly<Record<string, unknown>> & {
  readonly parameters?: readonly DescribedParameter[];
};

// As it is read by others; and the validator writes into the schemas that it is given.
const description = JSON.parse(JSON.stringify(describeApi())) as {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

/** Every operation that is described, with the parameters of its path. */
export const operations: readonly DescribedOperation[] = Object.entries(description.paths).flatMap(
  ([path, { parameters: ofPath = [], ...methods }]) =>
    Object.entries(methods).map(([method, operation]) => {
      const described = operation as Omit<DescribedOperation, "method" | "path">;
      const parameters = [...ofPath, ...(described.parameters ?? [])];
      return { ...described, method: method.toUpperCase(), path, parameters };
    }),
);

/** What anybody under /v1 may be told, and whoever asks for what is not there. */
const ANYWHERE = /:(not-found|unauthorized|read-only|not-configured|method-not-allowed)$/;

/**
 * Whether a path is the API's. Everything else is the dashboard's, which is for people and not described.
 * Unlike the API's it is not under /v1.
 */
export function isOfApi(path: string): boolean {
  return /^\/(v1|webhooks)(\/|$)|^\/(health|openapi\.json)$/.test(path);
}

/** How a value breaks a schema of the description; nothing where it does not. */
export function breachesOf(value: unknown, schema: Schema): string[] {
  const { errors } = validatorOf(schema).validate(value);
  return errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

const validators = new WeakMap<Schema, Validator>();

function validatorOf(schema: Schema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const { schemas } = description.components;
  const whole = structuredClone({ ...schema, components: { schemas } });
  const made = new Validator(whole, "2020-12", false);
  validators.set(schema, made);
  return made;
}

/** The operation of a request; `undefined` when none is described. */
export function operationOf(method: string, path: string): DescribedOperation | undefined {
  const { pathname } = new URL(path, "https://relay.test");
  return operations.find((operation) => {
    const segments = operation.path.replaceAll(".", String.raw`\.`).replaceAll(/\{\w+\}/g, "[^/]+");
    return operation.method === method && new RegExp(`^${segments}$`).test(pathname);
  });
}

/** Throws when an answer is not as it is described: its status, its headers, or anything in its body. */
export function expectDescribed(path: string, init: RequestInit, answer: Answer): void {
  const { pathname } = new URL(path, "https://relay.test");
  const { method = "GET" } = init;
  // HEAD is answered as GET is, without the body by which it could be judged.
  if (!isOfApi(pathname) || method === "HEAD") return;
  const breaches = breachesOfAnswer(operationOf(method, path), answer);
  if (breaches.length === 0) return;
  throw new Error(`${method} ${pathname} is not as described: ${breaches.join("; ")}`);
}

function breachesOfAnswer(
  operation: DescribedOperation | undefined,
  { status, headers, text, body }: Answer,
): string[] {
  if (operation === undefined) {
    const { type } = (body ?? {}) as { readonly type?: unknown };
    return ANYWHERE.test(String(type)) ? [] : [`nothing is there, and yet ${status}: ${text}`];
  }
  const response = operation.responses[status];
  if (response === undefined) return [`the status ${status}: ${text}`];
  const missing = Object.keys(response.headers).filter((name) => !headers.has(name));
  const lacks = missing.map((name) => `the header ${name} is missing`);
  if (response.content === undefined) return text === "" ? lacks : [...lacks, `a body: ${text}`];
  const type = headers.get("content-type")?.split(";")[0] ?? "";
  const content = response.content[type];
  if (content === undefined) return [...lacks, `the content type ${type}`];
  return [...lacks, ...breachesOf(body, content.schema)];
}
