// Iterable creates fields by itself, of the type of their first value, for ever: one that has another type
// already makes it refuse everybody.
import * as v from "valibot";
import { readAnswer } from "../../destinations/answers.ts";
import { compareFields, inPlace, misfit, type WantedField, wantedFields } from "./fields.ts";
import { apiAddress, type CrmSetup, type Finding, readingHeaders } from "./setup.ts";

/** Iterable's API, "Get all user fields". */
const FIELDS = "/api/users/getFields";

const fieldsSchema = v.looseObject({ fields: v.record(v.string(), v.unknown()) });

/** Types of Iterable's fields that hold a number (Iterable, Field Data Types: `long`, `double`). */
const NUMBER = /^(?:long|double|integer|float|number)$/i;
const TEXT = /^string$/i;

/** The types of users' fields. */
export const iterable: CrmSetup = {
  needs: "a server-side API key",

  look: (destination) => ({
    method: "GET",
    url: apiAddress(destination.url, FIELDS),
    headers: readingHeaders(destination),
    body: null,
  }),

  plan(answer, { crm }) {
    const there = readAnswer(fieldsSchema, answer);
    if (there === null) return null;
    const types = new Map(Object.entries(there.fields).map(([name, type]) => [name, String(type)]));
    const { findings, absent } = compareFields(wantedFields(crm), types, judge);
    const created = absent.map(({ name }): Finding => {
      return { state: "in place", text: `${name} (Iterable creates it with its first value)` };
    });
    return { findings: [...findings, ...created], writes: [] };
  },
};

function judge(field: WantedField, type: string): Finding {
  const fitting = field.kind === "number" ? NUMBER : TEXT;
  if (field.kind === "anything" || fitting.test(type)) return inPlace(field, type);
  const remedy = `Iterable refuses a ${field.kind} there, and a field's type stays; map ${field.path} to another name in fields`;
  return misfit(field, type, remedy);
}
