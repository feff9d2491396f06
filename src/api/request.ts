// What routes read from requests: bounded, parsed by a schema, and refused in the API's words.
import * as v from "valibot";
import { readAtMost } from "../bytes.ts";
import { faultsOf } from "../faults.ts";
import { jsonObject } from "../json-object.ts";
import { Problem } from "./problem.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** The JSON of a body, whatever its content type says; no body is an empty object. */
export async function readBody<const TSchema extends v.GenericSchema>(
  request: Request,
  schema: TSchema,
): Promise<v.InferOutput<TSchema>> {
  const { bytes, truncated } = await readAtMost(request.body, MAX_BODY_BYTES);
  if (truncated) throw new Problem("too-large", `a body has at most ${MAX_BODY_BYTES} bytes`);
  // To valibot an array is an object as well: an empty one would ask for what no body asks for.
  return check(schema, check(jsonObject, bytes.byteLength === 0 ? {} : parseJson(bytes)));
}

/** What was sent, as a schema has it; otherwise a problem that names every fault. */
export function check<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  sent: unknown,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(schema, sent);
  if (parsed.success) return parsed.output;
  throw new Problem("invalid-request", "see errors", { errors: faultsOf(parsed.issues) });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    throw new Problem("not-json", "a body is a JSON object in UTF-8");
  }
}
