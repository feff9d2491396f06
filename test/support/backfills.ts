// Waiting for backfills where alarms ring only as a test wants it.
import { eventually } from "./eventually.ts";
import type { OperatorClient } from "./operator.ts";
import { relay } from "./relay-in-workerd.ts";

/** Lets alarms ring until a destination's backfill is over; how it ended. */
export async function isOver(operator: OperatorClient, id: string) {
  return eventually(async () => {
    await relay.ringAll();
    return operator.finishes(id, "backfill", 1);
  });
}
