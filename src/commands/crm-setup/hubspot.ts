// HubSpot's properties of contacts: read, judged, and created in one call.
import * as v from "valibot";
import type { Answer } from "../../destinations/adapter.ts";
import { readAnswer } from "../../destinations/answers.ts";
import type { CrmDestination } from "../../destinations/format.ts";
import { jsonHeaders } from "../../destinations/headers.ts";
import {
  compareFields,
  inPlace,
  labelOf,
  misfit,
  type WantedField,
  wantedFields,
} from "./fields.ts";
import { apiAddress, type CrmSetup, type Finding, readingHeaders, type Write } from "./setup.ts";

/** HubSpot's API of properties, v3. */
const PROPERTIES = "/crm/v3/properties/contacts";
const CREATE = `${PROPERTIES}/batch/create`;
/** The group that every account has for contacts. */
const GROUP = "contactinformation";
/** How HubSpot names properties (its guide to properties: lowercase, no spaces). */
const NAME = /^[a-z][a-z0-9_]*$/;

const propertiesSchema = v.looseObject({
  results: v.array(
    v.looseObject({
      name: v.string(),
      type: v.string(),
      hasUniqueValue: v.nullish(v.boolean(), false),
      calculated: v.nullish(v.boolean(), false),
      modificationMetadata: v.nullish(
        v.looseObject({ readOnlyValue: v.nullish(v.boolean(), false) }),
      ),
    }),
  ),
});
type Property = v.InferOutput<typeof propertiesSchema>["results"][number];

const createdSchema = v.looseObject({
  errors: v.nullish(
    v.array(
      v.looseObject({ category: v.nullish(v.string(), ""), message: v.nullish(v.string(), "") }),
    ),
    [],
  ),
});

/** Values go to HubSpot as text, and a number property takes a number as text. */
const TEXT_TYPES = ["string", "phone_number"];
const NUMBER_TYPES = ["number", "string"];

/** Properties of contacts. */
export const hubspot: CrmSetup = {
  needs:
    "the scopes crm.schemas.contacts.read and crm.schemas.contacts.write, and for deliveries crm.objects.contacts.write",

  look: (destination) => ({
    method: "GET",
    url: apiAddress(destination.url, PROPERTIES),
    headers: readingHeaders(destination),
    body: null,
  }),

  plan(answer, destination) {
    const there = readAnswer(propertiesSchema, answer);
    if (there === null) return null;
    const properties = new Map(there.results.map((property) => [property.name, property]));
    const wanted = wantedFields(destination.crm);
    const { findings, absent } = compareFields(wanted, properties, judge);
    const creatable = absent.filter(({ name }) => NAME.test(name));
    return {
      findings: [...findings, ...absent.map(describeAbsent)],
      writes: creatable.length > 0 ? [create(creatable, destination)] : [],
    };
  },
};

function judge(field: WantedField, property: Property): Finding {
  const { type, hasUniqueValue, calculated, modificationMetadata } = property;
  if (calculated || modificationMetadata?.readOnlyValue === true) {
    return misfit(field, type, "HubSpot lets nobody write it; map another name in fields");
  }
  if (field.isKey && !hasUniqueValue) {
    const remedy = `customers are found by it, so it must have unique values, which HubSpot gives new properties only; map ${field.path} to a new name in fields`;
    return misfit(field, type, remedy);
  }
  if (field.kind === "anything") return inPlace(field, type);
  const types = field.kind === "number" ? NUMBER_TYPES : TEXT_TYPES;
  if (!types.includes(type)) {
    const wanted = field.kind === "number" ? "number" : "string";
    const remedy = `it must be of type ${wanted}; map ${field.path} to another name in fields`;
    return misfit(field, type, remedy);
  }
  return field.kind === "number" && type === "string"
    ? { state: "note", text: `${field.name} (${type}): HubSpot cannot compare numbers in a text` }
    : inPlace(field, type);
}

function describeAbsent(field: WantedField): Finding {
  return NAME.test(field.name)
    ? { state: "missing", text: `${field.name} (${typeOf(field)})` }
    : misfit(field, "missing", "HubSpot's names are made of a-z, 0-9 and _; map another in fields");
}

function create(fields: readonly WantedField[], { url, headers }: CrmDestination): Write {
  const inputs = fields.map((field) => ({
    name: field.name,
    label: labelOf(field.name),
    groupName: GROUP,
    type: typeOf(field),
    fieldType: field.kind === "number" ? "number" : "text",
    ...(field.isKey ? { hasUniqueValue: true } : {}),
  }));
  return {
    spec: {
      method: "POST",
      url: apiAddress(url, CREATE),
      headers: { ...jsonHeaders, ...headers },
      body: JSON.stringify({ inputs }),
    },
    refusals,
  };
}

/** A number property for numbers; nobody knows what an attribute is, and a text holds everything. */
function typeOf({ kind }: WantedField): string {
  return kind === "number" ? "number" : "string";
}

/** A 207 creates some properties, and says why not the others. */
function refusals(answer: Answer): string[] {
  const errors = readAnswer(createdSchema, answer)?.errors ?? [];
  return errors.map(({ category, message }) => `${category}: ${message}`);
}
