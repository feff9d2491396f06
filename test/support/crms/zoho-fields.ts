// The fields of a fake Zoho CRM's contacts: told of and created as Zoho's guide and specification of its API (v8)
// have it, and what each of them takes.
import * as v from "valibot";
import { jsonOf, type VendorAnswer } from "./vendor.ts";

const MAX_NEW_FIELDS = 5;
const MAX_TEXT = 255;

/** A field of contacts, as the guide's "Fields" tells of it. */
export interface ZohoField {
  readonly api_name: string;
  readonly data_type: "text" | "integer" | "double" | "email" | "website";
  readonly unique?: boolean;
}

const STANDARD_FIELDS: readonly ZohoField[] = [
  { api_name: "Last_Name", data_type: "text" },
  { api_name: "Email", data_type: "email", unique: true },
];

/** The fields that the relay's default settings need. */
const DEFAULT_FIELDS: readonly ZohoField[] = [
  { api_name: "Gameball_Tier_Name", data_type: "text" },
  { api_name: "Gameball_Tier_Order", data_type: "integer" },
  { api_name: "Gameball_Activated_Points", data_type: "double" },
  { api_name: "Gameball_Pending_Points", data_type: "double" },
  { api_name: "Gameball_Total_Points", data_type: "double" },
  { api_name: "Gameball_Referral_Code", data_type: "text" },
  { api_name: "Gameball_Referral_Link", data_type: "website" },
  { api_name: "Gameball_Customer_Id", data_type: "text", unique: true },
];

const createSchema = v.strictObject({
  fields: v.array(
    v.looseObject({
      field_label: v.pipe(v.string(), v.regex(/^[A-Za-z][\w ]*$/)),
      data_type: v.picklist(["text", "integer", "double", "email", "website"]),
      length: v.optional(v.pipe(v.number(), v.integer())),
      unique: v.optional(v.looseObject({ casesensitive: v.optional(v.boolean()) })),
    }),
  ),
});

/** The fields of contacts, by their API names. */
export class ZohoFields {
  readonly #fields = new Map<string, ZohoField>();

  constructor(fields: readonly ZohoField[] = DEFAULT_FIELDS) {
    for (const field of [...STANDARD_FIELDS, ...fields]) this.#fields.set(field.api_name, field);
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** Whether contacts may be found by it. */
  isUnique(name: string): boolean {
    return this.#fields.get(name)?.unique === true;
  }

  /** What is wrong with a value, in an error's details; `null` when nothing is. */
  faultOf(name: string, value: unknown): object | null {
    const type = this.#fields.get(name)?.data_type;
    if (value === null) return null;
    if (type === "integer" || type === "double") {
      const isRight = type === "integer" ? Number.isInteger(value) : typeof value === "number";
      return isRight ? null : { expected_data_type: type };
    }
    if (typeof value !== "string") return { expected_data_type: type };
    return value.length > MAX_TEXT ? { maximum_length: MAX_TEXT } : null;
  }

  list(): VendorAnswer {
    const fields = [...this.#fields.values()].map(({ api_name, data_type, unique }) => ({
      api_name,
      data_type,
      field_label: api_name.replaceAll("_", " "),
      unique: unique === true ? { casesensitive: false } : {},
    }));
    return { status: 200, body: { fields } };
  }

  /** Creates fields, whose API names come from their labels. */
  create(body: string): VendorAnswer {
    const parsed = v.safeParse(createSchema, jsonOf(body));
    if (!parsed.success) return failure(400, "INVALID_DATA", "invalid data");
    const { fields } = parsed.output;
    if (fields.length > MAX_NEW_FIELDS) {
      const limit = { limit: MAX_NEW_FIELDS, limit_due_to: [placeOf("$.fields", "fields")] };
      return failure(400, "LIMIT_EXCEEDED", "fields limit exceeded", limit);
    }
    const names = fields.map(({ field_label }) => field_label.replaceAll(" ", "_"));
    const known = names.findIndex((name) => this.has(name));
    if (known !== -1) {
      const details = placeOf(`$.fields[${known}].field_label`, "field_label");
      return {
        status: 400,
        body: { fields: [error("DUPLICATE_DATA", "duplicate data", details)] },
      };
    }
    const created = fields.map(({ data_type, unique }, index) => {
      const name = names[index] ?? "";
      this.#fields.set(name, { api_name: name, data_type, unique: unique !== undefined });
      const details = { id: `5545974000${index}` };
      return { code: "SUCCESS", details, message: "field created", status: "success" };
    });
    return { status: 201, body: { fields: created } };
  }
}

/** Where an error is. */
export function placeOf(path: string, name: string) {
  return { api_name: name, json_path: path };
}

/** An error, as it is told of a record or of a call. */
export function error(code: string, message: string, details: object) {
  return { code, details, message, status: "error" };
}

/** A call that failed. */
export function failure(status: number, code: string, message: string, details = {}): VendorAnswer {
  return { status, body: error(code, message, details) };
}
