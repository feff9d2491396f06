// The headers that a destination's settings add to every request.
import * as v from "valibot";
import { utf8 } from "../bytes.ts";
import { USER_AGENT } from "../version.ts";
import { type SecretOf, template } from "./template.ts";

/** The headers of a JSON body that is sent to a CRM's own API. */
export const jsonHeaders = { "content-type": "application/json", "user-agent": USER_AGENT };

/** The value of `authorization` for a user and password (RFC 7617 §2). */
export function basicAuth(user: string, password: string): string {
  const bytes = utf8(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Headers that the relay itself sets, or that the platform does. */
const RESERVED_HEADERS =
  /^(content-type|content-length|host|connection|transfer-encoding|user-agent|webhook-.*)$/i;
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a text may be a header's value (RFC 9110 §5.5). */
export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text);
}

/** Headers that hold credentials by their name, and the shortest word that can be one. */
const CREDENTIALS = /auth|token|key|secret|cookie|password|credential/i;
const MIN_CREDENTIAL = 8;

/** The credentials in headers, also those that were written out instead of named as a Worker secret. */
export function credentialsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => CREDENTIALS.test(name))
    .flatMap(([, value]) => value.split(/[\s,;=]+/))
    .filter((word) => word.length >= MIN_CREDENTIAL);
}

/** A table of settings. `v.record` by itself takes an array for one, with numbers for names. */
export const table = v.custom<object>((value) => !Array.isArray(value), "must be a table");

/**
 * The schema of the headers: names that the relay leaves free, and values with secrets in them. Names come
 * out in lower case, as they are the same in either (RFC 9110 §5.1): so they take the place of a format's own.
 */
export const headersSchema = (secretOf: SecretOf) =>
  v.pipe(
    table,
    v.record(
      v.string(),
      v.pipe(
        template(secretOf),
        v.check(({ text }) => isHeaderValue(text), "is no value that a header may have"),
      ),
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      const names = dataset.typed ? Object.keys(dataset.value) : [];
      const lower = new Set(names.map((name) => name.toLowerCase()));
      if (lower.size < names.length) addIssue({ message: "must name each header once" });
      for (const name of names) {
        if (!HEADER_NAME.test(name)) addIssue({ message: "holds a name that is not a header's" });
        else if (RESERVED_HEADERS.test(name)) {
          addIssue({ message: `must not set ${name}: the relay does` });
        }
      }
    }),
    v.transform((headers) => {
      const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      return Object.fromEntries(entries) as typeof headers;
    }),
  );
