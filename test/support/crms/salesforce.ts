// A fake Salesforce: contacts' upsert by an external id in sObject Collections, their description, and access
// tokens, as Salesforce's REST API guide has them.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import { CLIENT, formOf, REFRESH_TOKEN, Tokens } from "./tokens.ts";
import {
  type Contact,
  duplicates,
  emailOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const TOKEN_PATH = "/services/oauth2/token";
const DESCRIBE_PATH = "/services/data/v60.0/sobjects/Contact/describe";
const UPSERT_PATH = /^\/services\/data\/v60\.0\/composite\/sobjects\/Contact\/([^/]+)$/;

/** A field of contacts, as `describe` tells of it. */
export interface SalesforceField {
  readonly name: string;
  readonly type: "string" | "double" | "email" | "url";
  readonly externalId?: boolean;
  readonly unique?: boolean;
  readonly caseSensitive?: boolean;
  /** Contacts may be found by it, though it is no external id. */
  readonly idLookup?: boolean;
}

const STANDARD_FIELDS: readonly SalesforceField[] = [
  { name: "LastName", type: "string" },
  { name: "Email", type: "email", idLookup: true },
];

/** The fields that the relay's default settings need, as an administrator made them. */
const DEFAULT_FIELDS: readonly SalesforceField[] = [
  { name: "Gameball_Tier_Name__c", type: "string" },
  { name: "Gameball_Tier_Order__c", type: "double" },
  { name: "Gameball_Activated_Points__c", type: "double" },
  { name: "Gameball_Pending_Points__c", type: "double" },
  { name: "Gameball_Total_Points__c", type: "double" },
  { name: "Gameball_Referral_Code__c", type: "string" },
  { name: "Gameball_Referral_Link__c", type: "url" },
  {
    name: "Gameball_Customer_Id__c",
    type: "string",
    externalId: true,
    unique: true,
    caseSensitive: true,
  },
];

const MAX_TEXT = 255;

const recordSchema = v.looseObject({ attributes: v.strictObject({ type: v.literal("Contact") }) });
const upsertSchema = v.strictObject({
  allOrNone: v.literal(false),
  records: v.array(recordSchema),
});

/** What became of one record. */
interface RowError {
  readonly statusCode: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** How a custom field is spelled. */
const spell = (name: string): string =>
  `${name.replace(/(^|_)[a-z]/g, (letters) => letters.toUpperCase())}__c`;

/** Salesforce. Contacts are held by the customer's id, or what else created them. */
export class FakeSalesforce extends FakeVendor {
  readonly cap = 200;
  /** Not documented. */
  readonly maxBytes = 6 * 1024 * 1024;
  readonly tokens = new Tokens();
  readonly fields = new Map<string, SalesforceField>();
  /** Why nobody is given a token, if so. */
  refusesTokens: string | null = null;

  constructor(fields: readonly SalesforceField[] = DEFAULT_FIELDS) {
    super();
    for (const field of [...STANDARD_FIELDS, ...fields]) this.fields.set(field.name, field);
  }

  settings() {
    return { format: "salesforce", url: this.url, credentials: CLIENT };
  }

  holding(profile: Profile) {
    const values = withoutNulls(valuesOf(profile, spell));
    const contact = { Email: emailOf(profile), LastName: "Known", ...values };
    return { key: profile.customer_id, contact };
  }

  override meet(profile: Profile): void {
    const contact = {
      Email: emailOf(profile),
      LastName: "Known",
      Gameball_Customer_Id__c: profile.customer_id,
    };
    this.contacts.set(profile.customer_id, contact);
  }

  override expireToken(): void {
    this.tokens.expire();
  }

  override get tokenHeaders(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.tokens.current()}` };
  }

  /** Salesforce has no 429, and names no time (its REST API guide, "Status Codes"). */
  busy(): VendorAnswer {
    return failure(
      403,
      "REQUEST_LIMIT_EXCEEDED",
      "ConcurrentRequests (Concurrent API) Limit exceeded.",
    );
  }

  protected serve(request: VendorRequest): VendorAnswer {
    const { method, path, headers, body } = request;
    if (path === TOKEN_PATH) return this.#grant(request);
    if (this.tokens.scopeOf(request, "Bearer") === null) {
      return failure(401, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    if (method === "GET" && path === DESCRIBE_PATH) return this.#describe();
    const key = UPSERT_PATH.exec(path)?.[1];
    if (key === undefined)
      return failure(404, "NOT_FOUND", "The requested resource does not exist");
    if (method !== "PATCH") {
      return failure(405, "METHOD_NOT_ALLOWED", `HTTP Method '${method}' not allowed.`);
    }
    if (!(headers["content-type"] ?? "").startsWith("application/json")) {
      return failure(415, "UNSUPPORTED_MEDIA_TYPE", "The type is not supported");
    }
    return this.#upsert(decodeURIComponent(key), body);
  }

  #grant(request: VendorRequest): VendorAnswer {
    const form = formOf(request);
    const grant = form?.get("grant_type");
    if (grant !== "client_credentials" && grant !== "refresh_token") {
      return refusal("unsupported_grant_type", "grant type not supported");
    }
    const isClient =
      form?.get("client_id") === CLIENT.client_id &&
      form.get("client_secret") === CLIENT.client_secret;
    if (!isClient) return refusal("invalid_client", "invalid client credentials");
    const isStale = grant === "refresh_token" && form?.get("refresh_token") !== REFRESH_TOKEN;
    if (isStale) return refusal("invalid_grant", "expired access/refresh token");
    if (this.refusesTokens !== null) return refusal("invalid_grant", this.refusesTokens);
    // Nothing says how long it lasts.
    const token = { access_token: this.tokens.grant(), token_type: "Bearer" };
    const more = { instance_url: this.url, issued_at: "1767225600000", signature: "c2lnbmF0dXJl" };
    return { status: 200, body: { ...token, ...more } };
  }

  #describe(): VendorAnswer {
    const flags = { externalId: false, unique: false, idLookup: false, caseSensitive: false };
    const fields = [...this.fields.values()].map((field) => {
      const length = field.type === "double" ? 0 : MAX_TEXT;
      return { ...flags, nillable: true, updateable: true, length, ...field };
    });
    return { status: 200, body: { name: "Contact", custom: false, fields } };
  }

  #upsert(key: string, body: string): VendorAnswer {
    const field = this.fields.get(key);
    if (field?.externalId !== true && field?.idLookup !== true) {
      const message = `Provided external ID field does not exist or is not accessible: ${key}`;
      return failure(404, "NOT_FOUND", message);
    }
    const parsed = v.safeParse(upsertSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "JSON_PARSER_ERROR", "The request is not well formed");
    const { records } = parsed.output;
    if (records.length > this.cap) {
      const message = `record limit reached. cannot submit more than ${this.cap} records into this call`;
      return failure(400, "EXCEEDED_ID_LIMIT", message);
    }
    const rows = records.map((record): Contact =>
      Object.fromEntries(Object.entries(record).filter(([name]) => name !== "attributes")),
    );
    for (const row of rows) {
      const fault = this.#typeFault(row);
      if (fault !== null) return fault;
    }
    const ids = rows.map((row) => textOf(row[key]).toLowerCase());
    const twice = new Set(duplicates(ids));
    const results = rows.map((row, index) => {
      const taken = twice.has(ids[index] ?? "") ? specifiedTwice(key, row) : this.#take(key, row);
      return typeof taken === "boolean"
        ? { id: `003${index}`, success: true, errors: [], created: taken }
        : { success: false, errors: [taken] };
    });
    return { status: 200, body: results };
  }

  /** What fails the whole call: a field that is not there, or a value that is not of its field's type. */
  #typeFault(row: Contact): VendorAnswer | null {
    for (const [name, value] of Object.entries(row)) {
      const type = this.fields.get(name)?.type;
      if (type === undefined) {
        const message = `No such column '${name}' on sobject of type Contact`;
        return failure(400, "INVALID_FIELD", message);
      }
      const wanted = type === "double" ? "number" : "string";
      if (value !== null && typeof value !== wanted) {
        const message = `Cannot deserialize instance of ${type} from ${JSON.stringify(value)}`;
        return failure(400, "JSON_PARSER_ERROR", message);
      }
    }
    return null;
  }

  /** Writes one record, and says whether it is a new one; or what is wrong with it. */
  #take(key: string, row: Contact): boolean | RowError {
    const id = textOf(row[key]);
    if (id === "") return rowError("MISSING_ARGUMENT", `${key} not specified`, []);
    const long = Object.entries(row).find(([, value]) => textOf(value).length > MAX_TEXT);
    if (long !== undefined) {
      return rowError("STRING_TOO_LONG", `${long[0]}: data value too large`, [long[0]]);
    }
    const found = [...this.contacts].filter(
      ([, contact]) => textOf(contact[key]).toLowerCase() === id.toLowerCase(),
    );
    const [place, known] = found[0] ?? [id, {}];
    const refused = this.refused.get(place);
    if (refused !== undefined) return rowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", refused, []);
    if (found.length > 1) {
      return rowError("DUPLICATE_EXTERNAL_ID", `${key}: more than one record found`, [key]);
    }
    const contact = withoutNulls({ ...known, ...row });
    if (textOf(contact["LastName"]) === "") {
      const message = "Required fields are missing: [LastName]";
      return rowError("REQUIRED_FIELD_MISSING", message, ["LastName"]);
    }
    this.contacts.set(place, contact);
    return found.length === 0;
  }
}

function specifiedTwice(key: string, row: Contact): RowError {
  const message = `Duplicate external id specified: ${textOf(row[key])}`;
  return rowError("DUPLICATE_VALUE", message, [key]);
}

function rowError(statusCode: string, message: string, fields: readonly string[]): RowError {
  return { statusCode, message, fields };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function failure(status: number, errorCode: string, message: string): VendorAnswer {
  return { status, body: [{ message, errorCode }] };
}

function refusal(error: string, description: string): VendorAnswer {
  return { status: 400, body: { error, error_description: description } };
}
