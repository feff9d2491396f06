// /v1/destinations: how the CRMs stand, and an operator's hand on each of them.
import { type Context, Hono } from "hono";
import * as v from "valibot";
import { type Trial, tryOut } from "../delivery/trial.ts";
import type { Destination } from "../destinations/destination.ts";
import { gateOf } from "../gate/client.ts";
import { sumSurveys } from "../ledger/sum.ts";
import type { AppEnv } from "./context.ts";
import { deadLetters } from "./dead-letters.ts";
import { type DestinationView, viewDestination } from "./destination-view.ts";
import {
  findDestination,
  type FoundDestination,
  unknownDestination,
  wholeLedger,
} from "./find-destination.ts";
import { reach } from "./reach.ts";
import { readBody } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Characters of a CRM's answer that a test shows. */
const MAX_ERROR = 500;

/** `all`: also the customers that are in step, for a CRM that was emptied or a mapping that changed. */
const backfillSchema = v.strictObject({
  all: v.optional(v.boolean("must be true or false"), false),
});

export const destinations = new Hono<AppEnv>()
  .get("/", async (context) => {
    const views = await look(context, context.get("configuration").destinations);
    return context.json({ destinations: views }, 200, NO_STORE);
  })
  .get("/:id", async (context) => {
    const { destination } = findDestination(context);
    return context.json(await lookAt(context, destination), 200, NO_STORE);
  })
  .post("/:id/pause", async (context) => {
    const { destination, gate } = findDestination(context);
    await reach(gate.pause());
    return context.json(await lookAt(context, destination), 200, NO_STORE);
  })
  .post("/:id/resume", async (context) => {
    const { destination, gate, ledger } = findDestination(context);
    await reach(gate.resume());
    await ledger.open(destination.id);
    return context.json(await lookAt(context, destination), 200, NO_STORE);
  })
  .post("/:id/test", async (context) => {
    const found = findDestination(context);
    const trial = await tryOut(found.destination, `evt_test_${crypto.randomUUID()}`, {
      fetcher: async (...args) => fetch(...args),
      now: () => Date.now(),
    });
    if (trial.report.succeeded > 0) await reach(heal(found, trial));
    const { status, durationMs, error } = trial.report;
    const shown = error?.slice(0, MAX_ERROR) ?? null;
    const answer = { outcome: trial.outcome, status, latency_ms: durationMs, error: shown };
    return context.json(answer, 200, NO_STORE);
  })
  .post("/:id/backfill", async (context) => {
    const { destination, ledger } = findDestination(context);
    const { all } = await readBody(context.req.raw, backfillSchema);
    await reach(ledger.sweep(destination.id, "backfill", { all, now: Date.now() }));
    const { backfill } = await lookAt(context, destination);
    return context.json(backfill, 202, NO_STORE);
  })
  .route("/", deadLetters);

/** A destination that answered a trial is well: what its gate holds is let go. A pause goes on. */
async function heal(found: FoundDestination, { report }: Trial): Promise<void> {
  const { destination, gate, ledger } = found;
  const { state } = await gate.view();
  if (state !== "held" && state !== "breaker_open") return;
  await gate.report([report]);
  await ledger.open(destination.id);
}

async function lookAt(context: Context<AppEnv>, destination: Destination) {
  const [view] = await look(context, [destination]);
  if (view === undefined) throw unknownDestination();
  return view;
}

/** How some destinations stand: each partition is asked once, and each of their gates. */
async function look(
  context: Context<AppEnv>,
  some: readonly Destination[],
): Promise<DestinationView[]> {
  const surveys = await reach(wholeLedger(context).survey(some.map(({ id }) => id)));
  const gates = some.map(async ({ id }) => gateOf(context.env, id).view());
  const views = await reach(Promise.all(gates));
  return some.flatMap((destination, index) => {
    const gate = views[index];
    const survey = surveys.get(destination.id) ?? sumSurveys([]);
    return gate === undefined ? [] : [viewDestination(destination, gate, survey, Date.now())];
  });
}
