// /v1/destinations: how the CRMs stand, and an operator's hand on each of them.
import { Hono } from "hono";
import * as v from "valibot";
import { type Trial, tryOut } from "../delivery/trial.ts";
import type { Destination } from "../destinations/destination.ts";
import { type GateApi, gateOf } from "../gate/client.ts";
import type { SurveyOf } from "../ledger/whole-ledger.ts";
import type { DestinationList, TrialAnswer } from "./answers.ts";
import type { AppEnv } from "./context.ts";
import { deadLetters } from "./dead-letters.ts";
import { type DestinationView, viewDestination } from "./destination-view.ts";
import { type FoundDestination, requireDestination, wholeLedger } from "./find-destination.ts";
import { reach } from "./reach.ts";
import { body } from "./request.ts";

const NO_STORE = { "cache-control": "no-store" };

/** Characters of a CRM's answer that a test shows. */
const MAX_ERROR = 500;

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
    await reach(found.gate.resume());
    await found.ledger.open(found.destination.id);
    return context.json(await lookAt(found), 200, NO_STORE);
  })
  .post("/:id/test", requireDestination, async (context) => {
    const found = context.get("found");
    const trial = await tryOut(found.destination, `evt_test_${crypto.randomUUID()}`, {
      accessToken: async (rejected) => found.gate.accessToken(rejected),
      fetcher: async (...args) => fetch(...args),
      now: () => Date.now(),
    });
    if (trial.report.succeeded > 0) await reach(heal(found, trial));
    const { status, durationMs, error } = trial.report;
    const shown = error?.slice(0, MAX_ERROR) ?? null;
    const { outcome } = trial;
    const answer: TrialAnswer = { outcome, status, latency_ms: durationMs, error: shown };
    return context.json(answer, 200, NO_STORE);
  })
  .post("/:id/backfill", requireDestination, body(backfillSchema), async (context) => {
    const found = context.get("found");
    const { all } = context.req.valid("json");
    const { destination, ledger } = found;
    await reach(ledger.sweep(destination.id, "backfill", { all, now: Date.now() }));
    const { backfill } = await lookAt(found);
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

/** How one destination stands. */
async function lookAt({ destination, gate, ledger }: FoundDestination): Promise<DestinationView> {
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
