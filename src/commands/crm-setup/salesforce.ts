// Salesforce's fields of contacts: read and judged. Its REST API creates none, so an administrator must.
import * as v from "valibot";
import { readAnswer } from "../../destinations/answers.ts";
import { SALESFORCE_API } from "../../destinations/formats/salesforce.ts";
import {
  compareFields,
  inPlace,
  labelOf,
  MAX_TEXT,
  misfit,
  type WantedField,
  wantedFields,
} from "./fields.ts";
import { apiAddress, type CrmSetup, type Finding, readingHeaders } from "./setup.ts";

/** sObject Describe (Salesforce's REST API guide). */
const DESCRIBE = `${SALESFORCE_API}/sobjects/Contact/describe`;

const flag = v.nullish(v.boolean(), false);

const describeSchema = v.looseObject({
  createable: v.nullish(v.boolean(), true),
  updateable: v.nullish(v.boolean(), true),
  fields: v.array(
    v.looseObject({
      name: v.string(),
      type: v.string(),
      length: v.nullish(v.number(), 0),
      externalId: flag,
      unique: flag,
      caseSensitive: flag,
      restrictedPicklist: flag,
      updateable: v.nullish(v.boolean(), true),
    }),
  ),
});
type Description = v.InferOutput<typeof describeSchema>;
type SalesforceField = Description["fields"][number];

const TEXT = /^(?:string|textarea|email|phone|url|picklist|combobox)$/;
const NUMBER = /^(?:double|currency|int|long|percent)$/;
const CUSTOM = /__c$/i;

/** What an administrator is to create. */
const NEW_NUMBER = "Number(16, 2)";
const NEW_TEXT = `Text(${MAX_TEXT})`;

/** Fields of contacts. */
export const salesforce: CrmSetup = {
  needs: "API access for the user of the connected app, and its rights to read and edit contacts",

  look: (destination) => ({
    method: "GET",
    url: apiAddress(destination.url, DESCRIBE),
    headers: readingHeaders(destination),
    body: null,
  }),

  plan(answer, { crm }) {
    const contact = readAnswer(describeSchema, answer);
    if (contact === null) return null;
    // Salesforce does not tell upper from lower case in names.
    const fields = new Map(contact.fields.map((field) => [field.name.toLowerCase(), field]));
    const there = new Map(
      crm.fields.flatMap(({ name }) => {
        const field = fields.get(name.toLowerCase());
        return field === undefined ? [] : [[name, field] as const];
      }),
    );
    const { findings, absent } = compareFields(wantedFields(crm), there, judge);
    return {
      findings: [
        ...judgeRights(contact, crm.updateOnly),
        ...findings,
        ...absent.map(describeAbsent),
      ],
      writes: [],
    };
  },
};

function judgeRights({ createable, updateable }: Description, updateOnly: boolean): Finding[] {
  const lacking = [
    ...(updateable ? [] : ["edit"]),
    ...(createable || updateOnly ? [] : ["create"]),
  ];
  return lacking.map((right) => ({
    state: "left",
    text: `Contact: the relay's user may not ${right} contacts; give its profile the right to`,
  }));
}

function judge(field: WantedField, found: SalesforceField): Finding {
  const type = found.length > 0 ? `${found.type}, ${found.length}` : found.type;
  if (!found.updateable) {
    const remedy =
      "the relay's user may not edit it: give it the right to (field-level security), or map another name in fields where it is a formula";
    return misfit(field, type, remedy);
  }
  const unfit = judgeType(field, found);
  if (unfit !== null) {
    const remedy = `${unfit}; map ${field.path} to another name in fields`;
    return misfit(field, type, remedy);
  }
  const lacking = field.isKey ? lackingOfKey(found) : [];
  if (lacking.length > 0) {
    return misfit(field, type, `customers are found by it: tick ${lacking.join(" and ")}`);
  }
  const isShort = field.kind === "text" && found.length > 0 && found.length < MAX_TEXT;
  return isShort && CUSTOM.test(field.name)
    ? { state: "note", text: `${field.name} (${type}): longer values will be refused` }
    : inPlace(field, type);
}

function judgeType({ kind }: WantedField, found: SalesforceField): string | null {
  switch (kind) {
    case "anything":
      return null;
    case "number":
      return NUMBER.test(found.type) ? null : `it must be a number, e.g. ${NEW_NUMBER}`;
    case "text":
      if (!TEXT.test(found.type)) return `it must be a text, e.g. ${NEW_TEXT}`;
      return found.restrictedPicklist ? "it refuses what is not on its list" : null;
  }
}

function lackingOfKey({ externalId, unique, caseSensitive }: SalesforceField): string[] {
  return [
    ...(externalId ? [] : ["External ID"]),
    ...(unique ? [] : ["Unique"]),
    // Two customers' ids may differ by nothing but their case.
    ...(caseSensitive ? [] : ["“ABC” and “abc” as different values (case-sensitive)"]),
  ];
}

function describeAbsent(field: WantedField): Finding {
  const { name, kind, isKey } = field;
  if (!CUSTOM.test(name)) {
    const remedy =
      "Contact has no such field, or it is hidden from the relay's user (field-level security); custom fields end in __c";
    return misfit(field, "missing", remedy);
  }
  const label = labelOf(name.replace(CUSTOM, ""));
  const type = kind === "number" ? NEW_NUMBER : NEW_TEXT;
  const key = isKey ? ", External ID, Unique, case-sensitive" : "";
  const text = `create on Contact: ${name}, label “${label}”, ${type}${key}; the relay's user must see and edit it`;
  return { state: "left", text };
}
