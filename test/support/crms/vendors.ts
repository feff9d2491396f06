// Every fake vendor, and destinations that lead to them.
import * as v from "valibot";
import type { Adapter } from "../../../src/destinations/adapter.ts";
import type { Destination } from "../../../src/destinations/destination.ts";
import { adapterOf } from "../../../src/destinations/formats.ts";
import { destinationSchema } from "../../../src/destinations/destination-schema.ts";
import { FakeBraze } from "./braze.ts";
import { FakeCustomerIo } from "./customerio.ts";
import { FakeHubSpot } from "./hubspot.ts";
import { FakeIterable } from "./iterable.ts";
import { FakeKlaviyo } from "./klaviyo.ts";
import { FakeSalesforce } from "./salesforce.ts";
import { FakeSegment } from "./segment.ts";
import type { FakeVendor } from "./vendor.ts";
import { FakeZoho } from "./zoho.ts";

/** A fresh vendor of each kind, by the format that speaks to it. */
export const VENDORS: Readonly<Record<string, () => FakeVendor>> = {
  customerio: () => new FakeCustomerIo(),
  braze: () => new FakeBraze(),
  hubspot: () => new FakeHubSpot(),
  salesforce: () => new FakeSalesforce(),
  zoho: () => new FakeZoho(),
  segment: () => new FakeSegment(),
  klaviyo: () => new FakeKlaviyo(),
  iterable: () => new FakeIterable(),
};

/** The destination that leads to a vendor, with changes to its settings. */
export function destinationTo(
  vendor: FakeVendor,
  changes: Readonly<Record<string, unknown>> = {},
): Destination {
  const schema = destinationSchema(() => undefined, true);
  return v.parse(schema, { id: "crm", ...vendor.settings(), ...changes });
}

/** The adapter that speaks to a vendor, with changes to the destination's settings. */
export function adapterTo(
  vendor: FakeVendor,
  changes: Readonly<Record<string, unknown>> = {},
): Adapter {
  return adapterOf(destinationTo(vendor, changes));
}
