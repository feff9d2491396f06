// An object as JSON has it: any names, any values.
import * as v from "valibot";

/** A JSON object whose members are not known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a parsed JSON value is an object, and neither an array nor `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Unlike `v.record` it keeps every key, whatever Gameball may call a field. */
export const jsonObject = v.custom<JsonObject>(isJsonObject, "must be an object");
