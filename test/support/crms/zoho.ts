// A fake Zoho CRM: contacts' upsert and access tokens, as Zoho's guide and specification of its API (v8) have
// them. The fields of contacts are in a file of their own beside this one.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import { error, failure, placeOf, type ZohoField, ZohoFields } from "./zoho-fields.ts";
import { CLIENT, formOf, REFRESH_TOKEN, Tokens } from "./tokens.ts";
import {
  type Contact,
  emailOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const TOKEN_PATH = "/oauth/v2/token";
const UPSERT_PATH = "/crm/v8/Contacts/upsert";
const FIELDS_PATH = "/crm/v8/settings/fields";

/** What a client is given that asks with a refresh token. */
const SCOPE = "ZohoCRM.modules.contacts.ALL,ZohoCRM.settings.fields.ALL";
/** In ten minutes, of which no test takes as many. */
const MAX_TOKENS = 10;

const upsertSchema = v.strictObject({
  data: v.array(v.record(v.string(), v.unknown())),
  duplicate_check_fields: v.pipe(v.array(v.string()), v.nonEmpty()),
  // Without it, the shop's workflows would run.
  trigger: v.pipe(v.array(v.string()), v.length(0)),
});

/** How a field is spelled. */
const spell = (name: string): string =>
  name.replace(/(^|_)[a-z]/g, (letters) => letters.toUpperCase());

/** Zoho CRM. Contacts are held by the customer's id, or what else created them. */
export class FakeZoho extends FakeVendor {
  readonly cap = 100;
  /** Not documented. */
  readonly maxBytes = 6 * 1024 * 1024;
  readonly tokens = new Tokens();
  readonly fields: ZohoFields;
  /** The error with which nobody is given a token, if so. */
  refusesTokens: string | null = null;

  constructor(fields?: readonly ZohoField[]) {
    super();
    this.fields = new ZohoFields(fields);
  }

  settings() {
    const token = { refresh_token: REFRESH_TOKEN, token_url: this.url + TOKEN_PATH };
    return { format: "zoho", url: this.url, credentials: { ...CLIENT, ...token } };
  }

  holding(profile: Profile) {
    const values = withoutNulls(valuesOf(profile, spell));
    const contact = { Email: emailOf(profile), Last_Name: "Known", ...values };
    return { key: profile.customer_id, contact };
  }

  override meet(profile: Profile): void {
    const id = profile.customer_id;
    const contact = { Email: emailOf(profile), Last_Name: "Known", Gameball_Customer_Id: id };
    this.contacts.set(id, contact);
  }

  override expireToken(): void {
    this.tokens.expire();
  }

  override get tokenHeaders(): Readonly<Record<string, string>> {
    return { authorization: `Zoho-oauthtoken ${this.tokens.current(SCOPE)}` };
  }

  /** Zoho names no time (its guide to API limits). */
  busy(): VendorAnswer {
    return failure(429, "TOO_MANY_REQUESTS", "Too many requests fired in concurrency");
  }

  protected serve(request: VendorRequest): VendorAnswer {
    const { method, path, query, headers, body } = request;
    if (path === TOKEN_PATH) return this.#grant(request);
    const scope = this.tokens.scopeOf(request, "Zoho-oauthtoken");
    if (scope === null) return failure(401, "INVALID_TOKEN", "invalid oauth token");
    const isFields = path === FIELDS_PATH && query.get("module") === "Contacts";
    if (path !== UPSERT_PATH && !isFields) {
      return failure(
        404,
        "INVALID_URL_PATTERN",
        "Please check if the URL trying to access is right",
      );
    }
    const wanted = isFields ? "settings.fields" : "modules.contacts";
    if (!scope.split(",").includes(`ZohoCRM.${wanted}.ALL`)) {
      const message = "invalid oauth scope to access this URL";
      return failure(401, "OAUTH_SCOPE_MISMATCH", message);
    }
    if (method === "GET" && isFields) return this.fields.list();
    if (method !== "POST" || !(headers["content-type"] ?? "").startsWith("application/json")) {
      const message = "The http request method type is not a valid one";
      return failure(400, "INVALID_REQUEST_METHOD", message);
    }
    return isFields ? this.fields.create(body) : this.#upsert(body);
  }

  /** Zoho refuses clients and refresh tokens with a 200. */
  #grant(request: VendorRequest): VendorAnswer {
    const form = formOf(request);
    const grant = form?.get("grant_type");
    if (form === null || (grant !== "client_credentials" && grant !== "refresh_token")) {
      return { status: 200, body: { error: "unsupported_grant_type" } };
    }
    const isClient =
      form.get("client_id") === CLIENT.client_id &&
      form.get("client_secret") === CLIENT.client_secret;
    if (!isClient) return { status: 200, body: { error: "invalid_client" } };
    const isRefresh = grant === "refresh_token";
    if (isRefresh && form.get("refresh_token") !== REFRESH_TOKEN) {
      return { status: 200, body: { error: "invalid_code" } };
    }
    if (this.refusesTokens !== null) return { status: 200, body: { error: this.refusesTokens } };
    const scope = isRefresh ? SCOPE : form.get("scope");
    if (scope === null) return { status: 200, body: { error: "invalid_scope" } };
    if (!isRefresh && !(form.get("soid") ?? "").startsWith("ZohoCRM.")) {
      return { status: 200, body: { error: "missing_org_info" } };
    }
    if (this.tokens.asked >= MAX_TOKENS) {
      const words =
        "You have made too many requests continuously. Please try again after some time.";
      const body = { error: "Access Denied", error_description: words, status: "failure" };
      return { status: 400, body };
    }
    const token = { access_token: this.tokens.grant(scope), token_type: "Bearer", scope };
    return { status: 200, body: { ...token, api_domain: this.url, expires_in: 3_600 } };
  }

  #upsert(body: string): VendorAnswer {
    const parsed = v.safeParse(upsertSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "INVALID_DATA", "invalid data");
    const { data, duplicate_check_fields: keys } = parsed.output;
    if (data.length > this.cap) {
      const details = { maximum_length: this.cap, ...placeOf("$.data", "data") };
      return failure(400, "INVALID_DATA", "invalid data", details);
    }
    const wrong = keys.findIndex((key) => !this.fields.isUnique(key));
    if (wrong !== -1) {
      const details = placeOf(`$.duplicate_check_fields[${wrong}]`, "duplicate_check_fields");
      return failure(400, "INVALID_DATA", "invalid data", details);
    }
    const written = new Set<string>();
    const rows = data.map((row, index) => this.#take(row, index, keys, written));
    const failed = rows.filter(({ status }) => status === "error").length;
    const mixed = failed === rows.length ? 400 : 207;
    return { status: failed === 0 ? 200 : mixed, body: { data: rows } };
  }

  /** Writes one record; fields that are not there are dropped without a word. */
  #take(row: Contact, index: number, keys: readonly string[], written: Set<string>) {
    const at = (name: string) => placeOf(`$.data[${index}].${name}`, name);
    const known = Object.entries(row).filter(([name]) => this.fields.has(name));
    for (const [name, value] of known) {
      const fault = this.fields.faultOf(name, value);
      if (fault !== null) return error("INVALID_DATA", "invalid data", { ...fault, ...at(name) });
    }
    const [key, found] = this.#find(row, keys);
    if (this.refused.has(key)) {
      return error("CANNOT_PERFORM_ACTION", this.refused.get(key) ?? "", at(keys[0] ?? ""));
    }
    if (written.has(key)) return error("DUPLICATE_DATA", "duplicate data", at(keys[0] ?? ""));
    const contact = withoutNulls({ ...found, ...Object.fromEntries(known) });
    if (contact["Last_Name"] === undefined) {
      return error("MANDATORY_NOT_FOUND", "required field not found", at("Last_Name"));
    }
    written.add(key);
    this.contacts.set(key, contact);
    const isNew = found === undefined;
    return {
      code: "SUCCESS",
      duplicate_field: isNew ? null : (keys[0] ?? null),
      action: isNew ? "insert" : "update",
      details: { id: `4876876000${index}`, Modified_Time: "2026-01-01T00:00:00+00:00" },
      message: isNew ? "record added" : "record updated",
      status: "success",
    };
  }

  /** The contact that has one of a record's keys, or the key that a new one is to have. */
  #find(row: Contact, keys: readonly string[]): readonly [string, Contact | undefined] {
    for (const key of keys) {
      const wanted = textOf(row[key]).toLowerCase();
      for (const [place, contact] of this.contacts) {
        if (wanted !== "" && textOf(contact[key]).toLowerCase() === wanted) return [place, contact];
      }
    }
    return [textOf(row[keys[0] ?? ""]), undefined];
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
