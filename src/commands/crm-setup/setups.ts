// The part of each vendor, by the format that speaks to it.
import type { FormatName } from "../../destinations/destination.ts";
import { customerio } from "./customerio.ts";
import { hubspot } from "./hubspot.ts";
import { iterable } from "./iterable.ts";
import { klaviyo } from "./klaviyo.ts";
import { salesforce } from "./salesforce.ts";
import type { CrmSetup } from "./setup.ts";
import { zoho } from "./zoho.ts";

const setups: Readonly<Partial<Record<FormatName, CrmSetup>>> = {
  customerio,
  hubspot,
  iterable,
  klaviyo,
  salesforce,
  zoho,
};

/** What sets up a destination of a format; `null` where there is no call that does no harm. */
export function setupOf(name: FormatName): CrmSetup | null {
  return setups[name] ?? null;
}
