// Which adapter speaks to a destination, by its configured format.
import type { Adapter } from "./adapter.ts";
import type { Destination } from "./destination.ts";
import { webhookAdapter } from "./webhook.ts";

/** The adapter of a destination. */
export function adapterOf(destination: Destination): Adapter {
  switch (destination.format) {
    case "webhook":
      return webhookAdapter(destination.batch);
  }
}
