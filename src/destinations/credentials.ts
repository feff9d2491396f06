// What lets the relay into a CRM's own API: the settings in `credentials`, checked, and put in their places.
import type { OAuthClient } from "./destination.ts";
import type { Credentials, CrmFormat } from "./format.ts";
import { isHeaderValue } from "./headers.ts";
import type { Mismatch, Settings } from "./settings.ts";
import { type Filled, textsOf } from "./template.ts";
import { checkDestinationUrl } from "./url-safety.ts";

/** The settings that matter here. */
type AccessSettings = Pick<Settings, "url" | "headers" | "credentials">;

/** Where access tokens are had; a setting of every format that has such. */
const TOKEN_URL = "token_url";
/** Settings in `credentials` that may be shown. */
const PUBLIC: ReadonlySet<string> = new Set([TOKEN_URL, "scope"]);

/** What is wrong with the credentials for a CRM; `allowInsecure` admits `http:` and loopback URLs. */
export function checkCredentials(
  settings: AccessSettings,
  crm: CrmFormat,
  allowInsecure: boolean,
): Mismatch[] {
  const { credentials } = crm;
  const header = headerOf(credentials);
  const isLetIn = Object.hasOwn(settings.headers, header);
  if (settings.credentials === undefined && isLetIn) return [];
  const given = textsOf(settings.credentials ?? {});
  const known = namesOf(credentials);
  const missing = credentials.settings.filter((name) => (given[name] ?? "") === "");
  const mismatches: Mismatch[] = [
    ...Object.keys(given)
      .filter((name) => !known.includes(name))
      .map((name) => fault(name, `must be among ${known.join(", ")}`)),
    ...missing.map((name) => fault(name, "is missing")),
  ];
  if (isLetIn) {
    mismatches.push({ path: ["headers"], message: `must not set ${header}: credentials do` });
  }
  if (credentials.kind === "header" && !isHeaderValue(credentials.value(given))) {
    mismatches.push({ path: ["credentials"], message: "are no value that a header may have" });
  }
  if (credentials.kind === "oauth") {
    const message = checkTokenUrl(tokenUrlOf(given, credentials, settings, crm), allowInsecure);
    if (message !== null) mismatches.push(fault(TOKEN_URL, message));
  }
  return mismatches;
}

/** The headers and the client that credentials without a mismatch make. */
export function accessOf(
  settings: AccessSettings,
  crm: CrmFormat,
): { readonly headers: Readonly<Record<string, string>>; readonly oauth: OAuthClient | null } {
  const { credentials } = crm;
  if (settings.credentials === undefined) return { headers: {}, oauth: null };
  const given = textsOf(settings.credentials);
  switch (credentials.kind) {
    case "header":
      return { headers: { [credentials.header]: credentials.value(given) }, oauth: null };
    case "oauth": {
      const { form, scheme } = credentials;
      const tokenUrl = tokenUrlOf(given, credentials, settings, crm) ?? "";
      return { headers: {}, oauth: { tokenUrl, form: form(given), scheme } };
    }
  }
}

/** Where a CRM's API begins. */
export function baseOf({ url }: Pick<AccessSettings, "url">, crm: CrmFormat | null): string {
  return url?.text ?? crm?.url ?? "";
}

/** Credentials that must never be shown; as if they were a header's, which name them as such. */
export function secretCredentials(
  credentials: Readonly<Record<string, Filled>>,
): Readonly<Record<string, string>> {
  const entries = Object.entries(textsOf(credentials)).filter(([name]) => !PUBLIC.has(name));
  return Object.fromEntries(entries.map(([name, text]) => [`credential-${name}`, text]));
}

/** Where tokens are had; `null` where nobody knows, and `undefined` where the API's address is missing. */
function tokenUrlOf(
  given: Readonly<Record<string, string>>,
  { tokenUrl }: Extract<Credentials, { kind: "oauth" }>,
  settings: AccessSettings,
  crm: CrmFormat,
): string | null | undefined {
  const base = baseOf(settings, crm);
  return given[TOKEN_URL] ?? (base === "" ? undefined : tokenUrl(base));
}

/** The secrets go there, so it must be as safe as the destination. */
function checkTokenUrl(url: string | null | undefined, allowInsecure: boolean): string | null {
  if (url === undefined) return null;
  return url === null
    ? "is missing: this url does not tell where tokens are had"
    : checkDestinationUrl(url, allowInsecure);
}

function headerOf(credentials: Credentials): string {
  return credentials.kind === "oauth" ? "authorization" : credentials.header;
}

function namesOf(credentials: Credentials): readonly string[] {
  return credentials.kind === "oauth"
    ? [...credentials.settings, ...credentials.optional, TOKEN_URL]
    : credentials.settings;
}

function fault(name: string, message: string): Mismatch {
  return { path: ["credentials", name], message };
}
