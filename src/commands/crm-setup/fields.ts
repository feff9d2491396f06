// The fields that a destination writes, and what each must be able to hold.
import type { CrmMapping, Field } from "../../destinations/destination.ts";
import { keyFieldOf } from "../../destinations/mapping.ts";
import type { Finding } from "./setup.ts";

/** What a field gets: nobody knows beforehand what a shop's attributes are. */
export type Kind = "number" | "text" | "anything";

/** A field that the relay writes. */
export interface WantedField extends Field {
  readonly kind: Kind;
  /** The CRM finds customers by it, so it must be unique. */
  readonly isKey: boolean;
}

/** The longest text that a field of CRMs with such a limit can hold (Salesforce, Zoho). */
export const MAX_TEXT = 255;

const NUMBER = /^(?:tier\.order|points\.\w+)$/;

/** The fields of a mapping. An e-mail address is a key everywhere, with a field of the vendor's own. */
export function wantedFields(mapping: CrmMapping): WantedField[] {
  const keyField = keyFieldOf(mapping, null);
  return mapping.fields.map((field) => {
    return { ...field, kind: kindOf(field), isKey: field.name === keyField };
  });
}

function kindOf({ path }: Field): Kind {
  if (path.startsWith("attributes.")) return "anything";
  return NUMBER.test(path) ? "number" : "text";
}

/** A field's label, made of its name: `gameball_tier_name` is `Gameball tier name`. */
export function labelOf(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Each wanted field that is there, as it is, and those that are not. */
export function compareFields<TFound>(
  wanted: readonly WantedField[],
  there: ReadonlyMap<string, TFound>,
  judge: (field: WantedField, found: TFound) => Finding,
): { readonly findings: Finding[]; readonly absent: WantedField[] } {
  const findings: Finding[] = [];
  const absent: WantedField[] = [];
  for (const field of wanted) {
    const found = there.get(field.name);
    if (found === undefined) absent.push(field);
    else findings.push(judge(field, found));
  }
  return { findings, absent };
}

/** A field that serves. */
export function inPlace({ name }: Field, type: string): Finding {
  return { state: "in place", text: `${name} (${type})` };
}

/** A field that does not serve, and the remedy. */
export function misfit({ name }: Field, type: string, remedy: string): Finding {
  return { state: "left", text: `${name} (${type}): ${remedy}` };
}
