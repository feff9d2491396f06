// All formats by their names, and the adapter that speaks to a destination.
import type { Adapter } from "./adapter.ts";
import type { Destination, FormatName } from "./destination.ts";
import type { Format } from "./format.ts";
import { braze } from "./formats/braze.ts";
import { cloudevents } from "./formats/cloudevents.ts";
import { customerio } from "./formats/customerio.ts";
import { hubspot } from "./formats/hubspot.ts";
import { iterable } from "./formats/iterable.ts";
import { klaviyo } from "./formats/klaviyo.ts";
import { salesforce } from "./formats/salesforce.ts";
import { segment } from "./formats/segment.ts";
import { webhook } from "./formats/webhook.ts";
import { zoho } from "./formats/zoho.ts";

const formats: Readonly<Record<FormatName, Format>> = {
  webhook,
  cloudevents,
  customerio,
  braze,
  hubspot,
  salesforce,
  zoho,
  segment,
  klaviyo,
  iterable,
};

/** A format, by the name that the configuration gives it. */
export function formatOf(name: FormatName): Format {
  return formats[name];
}

/** The adapter of a destination. */
export function adapterOf(destination: Destination): Adapter {
  return formatOf(destination.format).adapter(destination);
}
