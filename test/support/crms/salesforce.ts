// A fake Salesforce: tokens by OAuth, Contacts upserted in collections, and their description.
import * as v from "valibot";
import type { Profile } from "../../../src/profile/profile.ts";
import {
  duplicates,
  textOf,
  FakeVendor,
  jsonOf,
  valuesOf,
  withoutNulls,
  type Contact,
  type VendorAnswer,
  type VendorRequest,
} from "./vendor.ts";

const CLIENT_ID = "salesforce-client-0123456789";
const CLIENT_SECRET = "salesforce-secret-0123456789";
const API = "/services/data/v60.0";
const UPSERT = `${API}/composite/sobjects/Contact/`;

const recordSchema = v.looseObject({ attributes: v.strictObject({ type: v.literal("Contact") }) });
const collectionSchema = v.strictObject({
  allOrNone: v.boolean(),
  records: v.array(recordSchema),
});

/** A field of Contact as its description has it. */
export interface ContactField {
  readonly name: string;
  readonly type: string;
  readonly externalId: boolean;
  readonly unique: boolean;
  readonly caseSensitive: boolean;
  readonly updateable: boolean;
  /** Characters of a text; 0 for what is none. */
  readonly length: number;
}

const field = (name: string, type: string, isKey = false): ContactField => ({
  name,
  type,
  externalId: isKey,
  unique: isKey,
  caseSensitive: isKey,
  updateable: type !== "id",
  length: type === "double" ? 0 : 255,
});

const STANDARD = [field("Id", "id"), field("LastName", "string"), field("Email", "email")];

/** The fields that the relay's default mapping needs. */
export const GAMEBALL_FIELDS = [
  field("Gameball_Tier_Name__c", "string"),
  field("Gameball_Tier_Order__c", "double"),
  field("Gameball_Activated_Points__c", "double"),
  field("Gameball_Pending_Points__c", "double"),
  field("Gameball_Total_Points__c", "double"),
  field("Gameball_Referral_Code__c", "string"),
  field("Gameball_Referral_Link__c", "string"),
  field("Gameball_Customer_Id__c", "string", true),
];

/** Salesforce. Contacts are held by the external id that finds them. */
export class FakeSalesforce extends FakeVendor {
  readonly cap = 200;
  readonly maxBytes = 50_000_000;
  readonly fields = new Map<string, ContactField>();
  #token = "";
  #tokens = 0;

  constructor(fields: readonly ContactField[] = GAMEBALL_FIELDS) {
    super();
    for (const one of [...STANDARD, ...fields]) this.fields.set(one.name, one);
  }

  settings() {
    const credentials = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };
    return { format: "salesforce", url: this.url, credentials };
  }

  /** What lets a request in that is made without the relay's own calls. */
  override get tokenHeaders(): Readonly<Record<string, string>> {
    if (this.#token === "") this.#issue();
    return { authorization: `Bearer ${this.#token}` };
  }

  override expireToken(): void {
    this.#token = "";
  }

  override knows(profile: Profile): void {
    const { key } = this.holding(profile);
    if (!this.contacts.has(key)) this.contacts.set(key, { LastName: "Known" });
  }

  holding(profile: Profile) {
    const values = withoutNulls(valuesOf(profile, spell));
    return { key: profile.customer_id, contact: { LastName: "Known", ...values } };
  }

  protected serve({ method, path, headers, body }: VendorRequest): VendorAnswer {
    if (method === "POST" && path === "/services/oauth2/token") return this.#grant(headers, body);
    if (this.#token === "" || headers["authorization"] !== `Bearer ${this.#token}`) {
      return failure(401, "INVALID_SESSION_ID", "Session expired or invalid");
    }
    if (method === "GET" && path === `${API}/sobjects/Contact/describe`) {
      return { status: 200, body: this.#describe() };
    }
    if (method === "PATCH" && path.startsWith(UPSERT)) {
      return this.#upsert(path.slice(UPSERT.length), body);
    }
    return failure(404, "NOT_FOUND", "The requested resource does not exist");
  }

  #grant(headers: Readonly<Record<string, string>>, body: string): VendorAnswer {
    const form = new URLSearchParams(body);
    const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
    const isKnown =
      form.get("client_id") === CLIENT_ID && form.get("client_secret") === CLIENT_SECRET;
    if (!isForm || !isKnown || form.get("grant_type") !== "client_credentials") {
      return {
        status: 400,
        body: { error: "invalid_client", error_description: "no such client" },
      };
    }
    this.#issue();
    return { status: 200, body: { access_token: this.#token, token_type: "Bearer" } };
  }

  #issue(): void {
    this.#tokens += 1;
    this.#token = `salesforce-token-${this.#tokens}-0123456789`;
  }

  #describe() {
    const rights = { createable: true, updateable: true };
    return { name: "Contact", ...rights, fields: [...this.fields.values()] };
  }

  #upsert(keyField: string, body: string): VendorAnswer {
    const key = this.fields.get(keyField);
    if (key === undefined || (!key.externalId && keyField !== "Email")) {
      return failure(
        404,
        "NOT_FOUND",
        "Provided external ID field does not exist or is not accessible",
      );
    }
    const parsed = v.safeParse(collectionSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "JSON_PARSER_ERROR", "Unexpected input");
    const { records, allOrNone } = parsed.output;
    if (records.length > this.cap || allOrNone) {
      return failure(400, "EXCEEDED_MAX_SIZE_REQUEST", "record limit reached");
    }
    const unknown = records
      .flatMap((record) => Object.keys(record))
      .find((name) => {
        return name !== "attributes" && !this.fields.has(name);
      });
    if (unknown !== undefined) {
      return failure(
        400,
        "INVALID_FIELD",
        `No such column '${unknown}' on sobject of type Contact`,
      );
    }
    const keys = records.map((record) => textOf((record as Contact)[keyField]));
    const twice = new Set(duplicates(keys));
    const rows = records.map((record, index) => {
      const values = Object.entries(record).filter(([name]) => name !== "attributes");
      const id = keys[index] ?? "";
      const error = twice.has(id)
        ? { statusCode: "DUPLICATE_VALUE", message: `Duplicate external id specified: ${id}` }
        : this.#take(id, Object.fromEntries(values));
      return error === null
        ? { id: `003${index}`, success: true, created: false, errors: [] }
        : { success: false, errors: [{ fields: [], ...error }] };
    });
    return { status: 200, body: rows };
  }

  #take(
    key: string,
    values: Contact,
  ): { statusCode: string; message: string; fields?: string[] } | null {
    const refused = this.refused.get(key);
    if (refused !== undefined) {
      return { statusCode: "FIELD_CUSTOM_VALIDATION_EXCEPTION", message: refused };
    }
    if (key === "") return { statusCode: "MISSING_ARGUMENT", message: "external id not specified" };
    const known = this.contacts.get(key);
    if (known === undefined && typeof values["LastName"] !== "string") {
      const message = "Required fields are missing: [LastName]";
      return { statusCode: "REQUIRED_FIELD_MISSING", message, fields: ["LastName"] };
    }
    for (const [name, value] of Object.entries(values)) {
      const isNumber = this.fields.get(name)?.type === "double";
      if (value !== null && isNumber !== (typeof value === "number")) {
        return { statusCode: "INVALID_TYPE_ON_FIELD_IN_RECORD", message: name, fields: [name] };
      }
    }
    this.contacts.set(key, withoutNulls({ ...known, ...values }));
    return null;
  }
}

function spell(name: string): string {
  const words = name.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("_")}__c`;
}

function failure(status: number, errorCode: string, message: string): VendorAnswer {
  return { status, body: [{ errorCode, message }] };
}
