// From a verified body's bytes to the JSON in it, with every digit that was sent.
import { fromUtf8 } from "../bytes.ts";
import type { VerifiedBody } from "./signature.ts";

/** Stands for a body that is no JSON in UTF-8. */
export const NOT_JSON = Symbol("not JSON");

/** JSON with integers beyond 2^53 as strings of their digits: rounded, an id would be another's. */
export function parseJson(body: VerifiedBody): unknown {
  try {
    const text = fromUtf8(body);
    return /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}
