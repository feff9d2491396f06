// /v1/destinations: how the CRMs stand, and an operator's hand on each of them.
import { Hono } from "hono";
import * as v from "valibot";
import type { Destination } from "../destinations/destination.ts";
import { type GateApi, gateOf } from "../gate/client.ts";
import type { SurveyOf } from "../ledger/whole-ledger.ts";
import { backfill, resume, type Steered, test } from "../operator/steer.ts";
import type { DestinationList, TrialAnswer } from "./answers.ts";
import type { AppEnv } from "./context.ts";
import { deadLetters } from "./dead-letters.ts";
import { type DestinationView, viewDestination } from "./destination-view.ts";
import { requireDestination, wholeLedger } from "./find-destination.ts";
import { reach } from "./reach.ts";
import { body } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

/** `all`: also the customers that are in step, for a CRM that was emptied or a mapping that changed. */
export const backfillSchema = v.strictObject({
  all: v.optional(v.boolean("must be true or false"), false),
});

export const destinations = new Hono<AppEnv>()
  .get("/", async (context) => {
    const surveyOf = await reach(wholeLedger(context).survey());
    const views = context
      .get("configuration")
      .destinations.map(async (one) => look(one, gateOf(context.env, one.id), surveyOf));
    const answer: DestinationList = { destinations: await Promise.all(views) };
    return context.json(answer, 200, NO_STORE);
  })
  .get("/:id", requireDestination, async (context) => {
    return context.json(await lookAt(context.get("found")), 200, NO_STORE);
  })
  .post("/:id/pause", requireDestination, async (context) => {
    const found = context.get("found");
    await reach(found.gate.pause());
    return context.json(await lookAt(found), 200, NO_STORE);
  })
  .post("/:id/resume", requireDestination, async (context) => {
    const found = context.get("found");
    await reach(resume(found));
    return context.json(await lookAt(found), 200, NO_STORE);
  })
  .post("/:id/test", requireDestination, async (context) => {
    const answer: TrialAnswer = await reach(test(context.get("found")));
    return context.json(answer, 200, NO_STORE);
  })
  .post("/:id/backfill", requireDestination, body(backfillSchema), async (context) => {
    const found = context.get("found");
    await reach(backfill(found, context.req.valid("json")));
    const view = await lookAt(found);
    return context.json(view.backfill, 202, NO_STORE);
  })
  .route("/", deadLetters);

/** How one destination stands. */
async function lookAt({ destination, gate, ledger }: Steered): Promise<DestinationView> {
  return look(destination, gate, await reach(ledger.survey()));
}

/** How a destination stands, when all have been surveyed. */
async function look(
  destination: Destination,
  gate: GateApi,
  surveyOf: SurveyOf,
): Promise<DestinationView> {
  const gateView = await reach(gate.view());
  return viewDestination(destination, gateView, surveyOf(destination.id), Date.now());
}
