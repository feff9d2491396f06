// Single fields of a webhook, with every reading that Gameball's page, docs and samples give between them.
import * as v from "valibot";
import type { JsonObject } from "../json-object.ts";
import { timeSchema } from "../time.ts";
import { parseTime } from "./time.ts";

/** An id, which Gameball writes as text or as a number. */
export const digitsOf = v.union(
  [v.string(), v.pipe(v.number(), v.finite(), v.transform(String))],
  "must be a string or a number",
);

/** A time, read by `parseTime`. */
export const time = v.pipe(
  timeSchema,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const parsed = parseTime(dataset.value);
    if (parsed !== null) return parsed;
    addIssue({ message: "must be an RFC 3339 time with at most 7 fraction digits" });
    return NEVER;
  }),
);

const NUMERIC = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A number, which Gameball may write as text. */
export const number = v.union(
  [
    v.pipe(v.number(), v.finite()),
    v.pipe(v.string(), v.trim(), v.regex(NUMERIC), v.transform(Number), v.finite()),
  ],
  "must be a number or a numeric string",
);

/** A field that may be missing, which is the same as `null`: not known. */
export const unknownAsNull = <const TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.nullish(schema, null);

/** The fields that are not documented: Gameball adds some over time, and they are relayed as they came. */
export function beyond(value: JsonObject, documented: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !Object.hasOwn(documented, name)),
  );
}
