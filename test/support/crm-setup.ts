// What the tests of `npm run crm:setup` share: destinations with a mapping, and what a plan comes to.
import type { CrmSetup, Plan } from "../../src/commands/crm-setup/setup.ts";
import type { CrmMapping, Destination } from "../../src/destinations/destination.ts";
import { type CrmDestination, crmOf } from "../../src/destinations/format.ts";
import { DEFAULT_FIELDS } from "../../src/destinations/mapping.ts";
import { answerOf } from "./adapters.ts";
import { sampleDestination } from "./samples.ts";

/** A destination that writes the default fields, with changes to its mapping and its settings. */
export function crmDestination(
  mapping: Partial<CrmMapping> = {},
  changes: Partial<Destination> = {},
): CrmDestination {
  const crm = { key: "email", fields: DEFAULT_FIELDS, updateOnly: false, ...mapping } as const;
  const headers = { authorization: "Bearer secret" };
  return crmOf(sampleDestination({ url: "https://crm.example.com", headers, crm, ...changes }));
}

/** The plan after an answer of 200, which must be understood. */
export function planOf(setup: CrmSetup, body: unknown, destination: CrmDestination): Plan {
  const plan = setup.plan(answerOf(200, body), destination);
  if (plan === null) throw new Error("the answer is not understood");
  return plan;
}

/** A plan's findings, as lines. */
export function linesOf({ findings }: Plan): string[] {
  return findings.map(({ state, text }) => `${state}: ${text}`);
}

/** The bodies of a plan's writes. */
export function bodiesOf({ writes }: Plan): unknown[] {
  return writes.map(({ spec }) => JSON.parse(spec.body ?? "") as unknown);
}
