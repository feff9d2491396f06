// A fake Zoho CRM: tokens by OAuth, Contacts upserted, and the module's fields.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  duplicates,
  textOf,
  emailOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type Contact,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const CLIENT_ID = "zoho-client-0123456789";
const CLIENT_SECRET = "zoho-secret-0123456789";
const REFRESH_TOKEN = "zoho-refresh-0123456789";
const UPSERT = "/crm/v8/Contacts/upsert";
const FIELDS = "/crm/v8/settings/fields";
const MAX_NEW_FIELDS = 5;
const MAX_LABEL = 25;
/** Unique fields of a module, in all editions. */
const MAX_UNIQUE = 2;

const upsertSchema = v.strictObject({
  data: v.array(v.record(v.string(), v.unknown())),
  duplicate_check_fields: v.array(v.string()),
  trigger: v.array(v.string()),
});
const within = (maximum: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(maximum));
const label = v.pipe(v.string(), v.nonEmpty(), v.maxLength(MAX_LABEL));
const newFieldSchema = v.variant("data_type", [
  v.strictObject({
    field_label: label,
    data_type: v.literal("text"),
    length: v.optional(within(255)),
    unique: v.optional(v.strictObject({ case_sensitive: v.literal(false) })),
  }),
  v.strictObject({
    field_label: label,
    data_type: v.literal("double"),
    length: v.optional(within(16)),
    decimal_place: v.optional(within(9)),
  }),
]);
const newFieldsSchema = v.strictObject({
  fields: v.pipe(v.array(newFieldSchema), v.minLength(1), v.maxLength(MAX_NEW_FIELDS)),
});
type NewField = v.InferOutput<typeof newFieldSchema>;

/** A field of the module. */
export interface ModuleField {
  readonly api_name: string;
  readonly data_type: string;
  /** `{}` where values may come twice. */
  readonly unique?: object;
}

const STANDARD: readonly ModuleField[] = [
  { api_name: "Last_Name", data_type: "text" },
  { api_name: "Email", data_type: "email" },
];

/** The fields that the relay's default mapping needs. */
const GAMEBALL_FIELDS: readonly ModuleField[] = [
  { api_name: "Gameball_Tier_Name", data_type: "text" },
  { api_name: "Gameball_Tier_Order", data_type: "double" },
  { api_name: "Gameball_Activated_Points", data_type: "double" },
  { api_name: "Gameball_Pending_Points", data_type: "double" },
  { api_name: "Gameball_Total_Points", data_type: "double" },
  { api_name: "Gameball_Referral_Code", data_type: "text" },
  { api_name: "Gameball_Referral_Link", data_type: "text" },
  { api_name: "Gameball_Customer_Id", data_type: "text" },
];

interface RowError {
  readonly code: string;
  readonly message: string;
  readonly details: object;
}

/** Zoho CRM. Contacts are held by the first field that is checked for duplicates. */
export class FakeZoho extends FakeVendor {
  readonly cap = 100;
  readonly maxBytes = 10_000_000;
  readonly fields = new Map<string, ModuleField>();
  #token = "";
  #tokens = 0;

  constructor(fields: readonly ModuleField[] = GAMEBALL_FIELDS) {
    super();
    for (const one of [...STANDARD, ...fields]) this.fields.set(one.api_name, one);
  }

  settings() {
    const secrets = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
    const token_url = `${this.url}/oauth/v2/token`;
    const credentials = { ...secrets, refresh_token: REFRESH_TOKEN, token_url };
    return { format: "zoho", url: this.url, credentials };
  }

  override get tokenHeaders(): Readonly<Record<string, string>> {
    if (this.#token === "") this.#issue();
    return { authorization: `Zoho-oauthtoken ${this.#token}` };
  }

  override expireToken(): void {
    this.#token = "";
  }

  override knows(profile: Profile): void {
    const { key } = this.holding(profile);
    if (!this.contacts.has(key)) this.contacts.set(key, { Last_Name: "Known", Email: key });
  }

  holding(profile: Profile) {
    const key = emailOf(profile);
    const values = withoutNulls(valuesOf(profile, spell));
    return { key, contact: { Last_Name: "Known", Email: key, ...values } };
  }

  protected serve({ method, path, query, headers, body }: VendorRequest): VendorAnswer {
    if (method === "POST" && path === "/oauth/v2/token") return this.#grant(body);
    if (this.#token === "" || headers["authorization"] !== `Zoho-oauthtoken ${this.#token}`) {
      return failure(401, "INVALID_TOKEN", "invalid oauth token");
    }
    if (path === FIELDS && query.get("module") === "Contacts") {
      return method === "GET" ? this.#listFields() : this.#createFields(body);
    }
    if (method === "POST" && path === UPSERT) return this.#upsert(body);
    return failure(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is right");
  }

  #grant(body: string): VendorAnswer {
    const form = new URLSearchParams(body);
    const isKnown =
      form.get("client_id") === CLIENT_ID && form.get("client_secret") === CLIENT_SECRET;
    // Zoho answers 200 whatever is wrong.
    if (!isKnown) return { status: 200, body: { error: "invalid_client" } };
    if (form.get("grant_type") !== "refresh_token" || form.get("refresh_token") !== REFRESH_TOKEN) {
      return { status: 200, body: { error: "invalid_code" } };
    }
    this.#issue();
    return { status: 200, body: { access_token: this.#token, expires_in: 3600 } };
  }

  #issue(): void {
    this.#tokens += 1;
    this.#token = `zoho-token-${this.#tokens}-0123456789`;
  }

  #listFields(): VendorAnswer {
    const fields = [...this.fields.values()].map((field) => ({ unique: {}, ...field }));
    return { status: 200, body: { fields } };
  }

  #createFields(body: string): VendorAnswer {
    const parsed = v.safeParse(newFieldsSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "INVALID_DATA", "invalid data");
    const rows = parsed.output.fields.map((one) => this.#createField(one));
    return {
      status: rows.every(({ status }) => status === "success") ? 201 : 207,
      body: { fields: rows },
    };
  }

  #createField(field: NewField) {
    const { field_label, data_type } = field;
    const refused = { status: "error", details: {} };
    const api_name = field_label.replaceAll(" ", "_");
    if (this.fields.has(api_name)) {
      return { ...refused, code: "DUPLICATE_DATA", message: "Field label duplicate" };
    }
    const unique = "unique" in field ? (field.unique ?? {}) : {};
    const others = [...this.fields.values()].filter((one) => isUnique(one));
    if (isUnique({ unique }) && others.length >= MAX_UNIQUE) {
      return { ...refused, code: "NOT_ALLOWED", message: "the limit of unique fields is reached" };
    }
    this.fields.set(api_name, { api_name, data_type, unique });
    return { status: "success", code: "SUCCESS", message: "field created", details: { id: "1" } };
  }

  #upsert(body: string): VendorAnswer {
    const parsed = v.safeParse(upsertSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "INVALID_DATA", "the data is not valid");
    const { data, duplicate_check_fields: checks, trigger } = parsed.output;
    if (data.length > this.cap) return failure(400, "INVALID_DATA", "more than 100 records");
    if (trigger.length > 0) return failure(400, "INVALID_DATA", "workflows would run");
    const [keyField = ""] = checks;
    const checked = this.fields.get(keyField);
    if (checked === undefined || !(keyField === "Email" || isUnique(checked))) {
      return failure(400, "INVALID_DATA", "no such field to check");
    }
    const keys = data.map((record) => textOf(record[keyField]).toLowerCase());
    if (duplicates(keys).length > 0) return failure(400, "DUPLICATE_DATA", "a record twice");
    const rows = data.map((record, index) => {
      const error = this.#take(keys[index] ?? "", record);
      const details = { ...error?.details, resource_path_index: index };
      return error === null
        ? {
            code: "SUCCESS",
            status: "success",
            action: "update",
            message: "record updated",
            details,
          }
        : { ...error, status: "error", details };
    });
    const hasErrors = rows.some(({ status }) => status === "error");
    return { status: hasErrors ? 207 : 200, body: { data: rows } };
  }

  #take(key: string, record: Contact): RowError | null {
    const refused = this.refused.get(key);
    if (refused !== undefined) {
      return { code: "INVALID_DATA", message: refused, details: { api_name: "Phone" } };
    }
    const known = this.contacts.get(key);
    if (known === undefined && typeof record["Last_Name"] !== "string") {
      const details = { api_name: "Last_Name" };
      return { code: "MANDATORY_NOT_FOUND", message: "required field not found", details };
    }
    for (const [name, value] of Object.entries(record)) {
      const isNumber = this.fields.get(name)?.data_type === "double";
      if (value !== null && isNumber !== (typeof value === "number")) {
        return { code: "INVALID_DATA", message: "invalid data", details: { api_name: name } };
      }
    }
    this.contacts.set(key, withoutNulls({ ...known, ...record }));
    return null;
  }
}

function isUnique({ unique = {} }: Pick<ModuleField, "unique">): boolean {
  return Object.keys(unique).length > 0;
}

function spell(name: string): string {
  return name.replaceAll(/(?:^|_)[a-z]/g, (start) => start.toUpperCase());
}

function failure(status: number, code: string, message: string): VendorAnswer {
  return { status, body: { code, message, status: "error", details: {} } };
}
