// Zoho's fields of contacts: read, judged, and created, five in a call.
import * as v from "valibot";
import type { Answer } from "../../destinations/adapter.ts";
import { readAnswer } from "../../destinations/answers.ts";
import type { CrmDestination } from "../../destinations/format.ts";
import { ZOHO_API } from "../../destinations/formats/zoho.ts";
import { jsonHeaders } from "../../destinations/headers.ts";
import {
  compareFields,
  inPlace,
  MAX_TEXT,
  misfit,
  type WantedField,
  wantedFields,
} from "./fields.ts";
import { apiAddress, type CrmSetup, type Finding, readingHeaders, type Write } from "./setup.ts";

/** Zoho's API of fields. */
const FIELDS = `${ZOHO_API}/settings/fields`;
const QUERY = "?module=Contacts";
/** Fields that one call may create (Zoho, Create Custom Fields). */
const MAX_FIELDS = 5;
/** Characters of a label (Zoho's description of its fields API, v8). */
const MAX_LABEL = 25;
/** What a label with spaces for `_` becomes again: an API name of Zoho's making. */
const NAME = /^[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*$/;
/** Digits of a decimal number, and those after the point (Zoho: at most 16 and 9). */
const DIGITS = 16;
const DECIMALS = 2;

const fieldsSchema = v.looseObject({
  fields: v.array(
    v.looseObject({
      api_name: v.string(),
      data_type: v.string(),
      read_only: v.nullish(v.boolean(), false),
      /** `{}` where values may come twice. */
      unique: v.nullish(v.union([v.boolean(), v.record(v.string(), v.unknown())])),
    }),
  ),
});
type ZohoField = v.InferOutput<typeof fieldsSchema>["fields"][number];

const createdSchema = v.looseObject({
  fields: v.array(
    v.looseObject({
      code: v.nullish(v.string(), ""),
      status: v.nullish(v.string(), ""),
      message: v.nullish(v.string(), ""),
      details: v.nullish(v.record(v.string(), v.unknown()), {}),
    }),
  ),
});

const TEXT_TYPES = ["text", "textarea", "email", "phone", "website"];
const NUMBER_TYPES = ["double", "currency", "integer", "bigint", "percent"];

/** Fields of contacts. */
export const zoho: CrmSetup = {
  needs:
    "the scopes ZohoCRM.settings.fields.ALL, and for deliveries ZohoCRM.modules.contacts.ALL, at the data centre of url",

  look: (destination) => ({
    method: "GET",
    url: apiAddress(destination.url, FIELDS) + QUERY,
    headers: readingHeaders(destination),
    body: null,
  }),

  plan(answer, destination) {
    const there = readAnswer(fieldsSchema, answer);
    if (there === null) return null;
    const fields = new Map(there.fields.map((field) => [field.api_name, field]));
    const { findings, absent } = compareFields(wantedFields(destination.crm), fields, judge);
    const creatable = absent.filter(isCreatable);
    const calls = Array.from({ length: Math.ceil(creatable.length / MAX_FIELDS) }, (_, index) =>
      creatable.slice(index * MAX_FIELDS, (index + 1) * MAX_FIELDS),
    );
    return {
      findings: [...findings, ...absent.map(describeAbsent)],
      writes: calls.map((some) => create(some, destination)),
    };
  },
};

function judge(field: WantedField, { data_type: type, read_only, unique }: ZohoField): Finding {
  if (read_only) return misfit(field, type, "Zoho lets nobody write it; map another in fields");
  const isUnique = typeof unique === "object" && unique !== null ? isFilled(unique) : unique;
  if (field.isKey && isUnique !== true) {
    const remedy =
      "customers are found by it: tick “Do not allow duplicate values” in its properties";
    return misfit(field, type, remedy);
  }
  if (field.kind === "anything") return inPlace(field, type);
  const types = field.kind === "number" ? NUMBER_TYPES : TEXT_TYPES;
  if (types.includes(type)) return inPlace(field, type);
  const remedy = `it must be of type ${types.join(", ")}; map ${field.path} to another name in fields`;
  return misfit(field, type, remedy);
}

function isFilled(unique: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(unique).length > 0;
}

function isCreatable({ name }: WantedField): boolean {
  return NAME.test(name) && name.length <= MAX_LABEL;
}

function describeAbsent(field: WantedField): Finding {
  if (isCreatable(field)) return { state: "missing", text: `${field.name} (${typeOf(field)})` };
  const remedy = `create it in Zoho (Contacts, type ${typeOf(field)}), or map another name in fields: the relay can create names of letters, digits and single _, at most ${MAX_LABEL} characters`;
  return misfit(field, "missing", remedy);
}

/** Zoho makes a field's API name of its label. */
function create(fields: readonly WantedField[], { url, headers }: CrmDestination): Write {
  const described = fields.map((field) => ({
    field_label: field.name.replaceAll("_", " "),
    data_type: typeOf(field),
    ...(field.kind === "number"
      ? { length: DIGITS, decimal_place: DECIMALS }
      : { length: MAX_TEXT }),
    // Zoho compares unique values without regard to case; no other way is accepted.
    ...(field.isKey ? { unique: { case_sensitive: false } } : {}),
  }));
  return {
    spec: {
      method: "POST",
      url: apiAddress(url, FIELDS) + QUERY,
      headers: { ...jsonHeaders, ...headers },
      body: JSON.stringify({ fields: described }),
    },
    refusals,
  };
}

/** A decimal number for numbers; nobody knows what an attribute is, and a text holds everything. */
function typeOf({ kind }: WantedField): string {
  return kind === "number" ? "double" : "text";
}

/** Each field has a result, in their order. */
function refusals(answer: Answer): string[] {
  const results = readAnswer(createdSchema, answer)?.fields ?? [];
  return results
    .filter(({ status }) => status !== "success")
    .map(({ code, message, details }) => `${code}: ${message} ${JSON.stringify(details)}`);
}
