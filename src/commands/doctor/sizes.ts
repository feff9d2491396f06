// How much of what the platform lets a variable or a secret hold is used. Pure.
import { fault, type Finding, ok, warning } from "./finding.ts";

/** Cloudflare Workers, Limits: the size of an environment variable, in bytes. */
const MAX_BYTES = 5 * 1024;
const NEARLY_BYTES = 4 * 1024;

/** Variables and secrets that are too long, or nearly. Tables count as the JSON that they are sent as. */
export function checkSizes(values: Readonly<Record<string, unknown>>): Finding[] {
  const sized = Object.entries(values).map(([name, value]) => ({ name, bytes: sizeOf(value) }));
  const long = sized.filter(({ bytes }) => bytes >= NEARLY_BYTES);
  if (long.length === 0) return [ok("every variable and secret is well below 5 KB")];
  return long.map(({ name, bytes }) => {
    const size = `${name} has ${bytes} bytes`;
    const remedy =
      name === "DESTINATIONS"
        ? "leave out settings that have their default; or deploy a second relay for some of the CRMs"
        : "shorten it";
    return bytes > MAX_BYTES
      ? fault(`${size}: the platform refuses more than ${MAX_BYTES}`, remedy)
      : warning(`${size}, of ${MAX_BYTES} that the platform takes`, remedy);
  });
}

function sizeOf(value: unknown): number {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return new TextEncoder().encode(text).byteLength;
}
