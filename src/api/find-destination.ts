// The destination that a path names, with what an operator steers: its gate, and the ledger.
import type { Destination } from "../destinations/destination.ts";
import { type GateApi, gateOf } from "../gate/client.ts";
import { WholeLedger } from "../ledger/whole-ledger.ts";
import type { ReadContext } from "./context.ts";
import { Problem } from "./problem.ts";

/** A destination and all that is known of it. */
export interface FoundDestination {
  readonly destination: Destination;
  readonly gate: GateApi;
  readonly ledger: WholeLedger;
}

/** The destination that the path names by `:id`. */
export function findDestination(context: ReadContext): FoundDestination {
  const { destinations } = context.get("configuration");
  const destination = destinations.find(({ id }) => id === context.req.param("id"));
  if (destination === undefined) throw unknownDestination();
  const gate = gateOf(context.env, destination.id);
  return { destination, gate, ledger: wholeLedger(context) };
}

/** All partitions of the ledger. */
export function wholeLedger(context: ReadContext): WholeLedger {
  return new WholeLedger(context.env, context.get("configuration").ledgerPartitions);
}

export function unknownDestination(): Problem {
  return new Problem("not-found", "no destination with this id is configured");
}
