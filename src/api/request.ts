// What routes read from requests: bounded, parsed by a schema, and refused in the API's words.
import type { MiddlewareHandler } from "hono";
import * as v from "valibot";
import { fromUtf8, readAtMost } from "../bytes.ts";
import { faultsOf } from "../faults.ts";
import { jsonObject } from "../json-object.ts";
import type { AppEnv } from "./context.ts";
import { Problem } from "./problem.ts";

const MAX_BODY_BYTES = 64 * 1024;

type ObjectSchema = v.GenericSchema<unknown, object>;

/** What a typed client sends for a schema, which it may leave out where the schema asks for nothing. */
type Sent<TTarget extends string, TInput> = object extends TInput
  ? { [K in TTarget]?: TInput }
  : { [K in TTarget]: TInput };

/** Puts into `context.req.valid(…)` what a schema makes of a part of the request. */
type Validation<TTarget extends string, TSchema extends ObjectSchema> = MiddlewareHandler<
  AppEnv,
  string,
  {
    in: Sent<TTarget, v.InferInput<TSchema>>;
    out: { [K in TTarget]: v.InferOutput<TSchema> };
  }
>;

/** The query, by a schema. Unlike Hono's own validator it takes the first of values of one name. */
export function query<const TSchema extends ObjectSchema>(
  schema: TSchema,
): Validation<"query", TSchema> {
  return async (context, next) => {
    context.req.addValidatedData("query", check(schema, context.req.query()));
    await next();
  };
}

/**
 * The JSON of a body, by a schema; no body is an empty object. Unlike Hono's own validator it reads no more
 * than it may, and whatever the content type says.
 */
export function body<const TSchema extends ObjectSchema>(
  schema: TSchema,
): Validation<"json", TSchema> {
  return async (context, next) => {
    context.req.addValidatedData("json", await readBody(context.req.raw, schema));
    await next();
  };
}

async function readBody<const TSchema extends ObjectSchema>(
  request: Request,
  schema: TSchema,
): Promise<v.InferOutput<TSchema>> {
  const { bytes, truncated } = await readAtMost(request.body, MAX_BODY_BYTES);
  if (truncated) throw new Problem("too-large", `a body has at most ${MAX_BODY_BYTES} bytes`);
  // To valibot an array is an object as well: an empty one would ask for what no body asks for.
  return check(schema, check(jsonObject, bytes.byteLength === 0 ? {} : parseJson(bytes)));
}

/** What was sent, as a schema has it; otherwise a problem that names every fault. */
function check<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  sent: unknown,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(schema, sent);
  if (parsed.success) return parsed.output;
  throw new Problem("invalid-request", "see errors", { errors: faultsOf(parsed.issues) });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch {
    throw new Problem("not-json", "a body is a JSON object in UTF-8");
  }
}
