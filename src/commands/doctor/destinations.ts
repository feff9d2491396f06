// The destinations as wrangler.toml has them: those there are, and the secrets that stand in them in the open. Pure.
import * as v from "valibot";
import { type Finding, fault } from "./finding.ts";

const texts = v.fallback(v.record(v.string(), v.unknown()), {});

/** As much of a destination as can be read whatever else is wrong with it. */
const destinationSchema = v.fallback(
  v.object({
    id: v.fallback(v.string(), ""),
    url: v.fallback(v.string(), ""),
    headers: v.fallback(v.optional(texts, {}), {}),
    credentials: v.fallback(v.optional(texts, {}), {}),
    signing_secret: v.fallback(v.optional(v.string(), ""), ""),
  }),
  { id: "", url: "", headers: {}, credentials: {}, signing_secret: "" },
);
const listSchema = v.fallback(
  v.union([
    v.array(destinationSchema),
    v.pipe(v.string(), v.parseJson(), v.array(destinationSchema)),
  ]),
  [],
);
type Destination = v.InferOutput<typeof destinationSchema>;

/** Headers, and parameters of a query, that let somebody in. */
const CREDENTIAL = /auth|cookie|key|token|secret|passw|signature|credential|session/i;
/** Credentials that say who somebody is, and prove nothing. */
const PUBLIC = /^(?:client_id|site_id)$/;
/** `Bearer ${TOKEN}` counts as named. */
const TEMPLATE = /\$\{[^}]+\}/;
/** What a setting is called. Anything else may be a secret that was pasted where its name belongs. */
const NAME = /^[\w-]{1,40}$/;

/** The destinations that can be read; none where the list is malformed, which is a fault of its own. */
export function destinationsIn(vars: Readonly<Record<string, unknown>>): Destination[] {
  return v.parse(listSchema, vars["DESTINATIONS"]);
}

/** Credentials that are written where a secret should be named. */
export function checkLiteralCredentials(vars: Readonly<Record<string, unknown>>): Finding[] {
  return destinationsIn(vars).flatMap((destination, index) =>
    literalsOf(destination).map((place) =>
      fault(
        `DESTINATIONS/${index}/${place} is written in wrangler.toml: who reads the repository has it`,
        `write \${NAME} there, then npx wrangler secret put NAME`,
        "replace it at the CRM as well: git keeps what was committed",
      ),
    ),
  );
}

function literalsOf({ url, headers, credentials, signing_secret }: Destination): string[] {
  const open = [
    ...Object.keys(headers)
      .filter((name) => CREDENTIAL.test(name) && isLiteral(headers[name]))
      .map((name) => ["headers", name] as const),
    ...Object.keys(credentials)
      .filter((name) => !PUBLIC.test(name) && isLiteral(credentials[name]))
      .map((name) => ["credentials", name] as const),
  ];
  return [
    ...(holdsCredential(url) ? ["url"] : []),
    ...open.map(([table, name]) => `${table}/${NAME.test(name) ? name : "…"}`),
    ...(isLiteral(signing_secret) ? ["signing_secret"] : []),
  ];
}

function isLiteral(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !TEMPLATE.test(value);
}

function holdsCredential(url: string): boolean {
  const { searchParams, password } = URL.canParse(url) ? new URL(url) : new URL("https://none");
  const isOpen = ([name, value]: [string, string]): boolean =>
    CREDENTIAL.test(name) && isLiteral(value);
  return isLiteral(decodeURIComponent(password)) || [...searchParams].some(isOpen);
}
