// The destination that a path names, with what an operator steers: its gate, and the ledger.
import { createMiddleware } from "hono/factory";
import { gateOf } from "../gate/client.ts";
import { WholeLedger } from "../ledger/whole-ledger.ts";
import type { Steered } from "../operator/steer.ts";
import type { AppEnv, ReadContext } from "./context.ts";
import { Problem } from "./problem.ts";

/** The types of Hono's context behind `requireDestination`. */
interface FoundEnv extends AppEnv {
  Variables: AppEnv["Variables"] & { found: Steered };
}

/** Finds the destination that the path names by `:id`, before anything else of the request is judged. */
export const requireDestination = createMiddleware<FoundEnv>(async (context, next) => {
  context.set("found", findDestination(context));
  await next();
});

/** The destination that the path names by `:id`. */
export function findDestination(context: ReadContext): Steered {
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
