// What a form asks for, and doing it: each action says afterwards in plain words what came of it.
import * as v from "valibot";
import type { Env } from "../env.ts";
import { log } from "../log.ts";
import { erase, type Located } from "../operator/customer.ts";
import { backfill, replay, resume, type Steered, test } from "../operator/steer.ts";
import { customerIdSchema, shortDigest } from "../profile/customer-id.ts";
import type { Form } from "./guard.ts";
import type { Notice } from "./layout.tsx";
import { duration } from "./words.ts";

/** A checkbox: absent unless it is ticked. */
const ticked = v.optional(
  v.pipe(
    v.literal("yes"),
    v.transform(() => true),
  ),
);

const destinationSchema = v.variant("order", [
  v.object({ order: v.literal("pause") }),
  v.object({ order: v.literal("resume") }),
  v.object({ order: v.literal("test") }),
  v.object({ order: v.literal("backfill"), all: ticked }),
  v.object({ order: v.literal("replay"), customer_id: v.optional(customerIdSchema) }),
]);

const customerSchema = v.variant("order", [
  v.object({ order: v.literal("resync"), destination: v.optional(v.string()) }),
  v.object({ order: v.literal("erase"), confirmed: ticked }),
]);

const UNKNOWN: Notice = { tone: "bad", text: "Nothing was done: the form is not understood." };

/** Does to a destination what a form asks for. */
export async function actOnDestination(steered: Steered, form: Form): Promise<Notice> {
  const parsed = v.safeParse(destinationSchema, form);
  if (!parsed.success) return UNKNOWN;
  const wish = parsed.output;
  log({ event: "dashboard.acted", destination: steered.destination.id, order: wish.order });
  switch (wish.order) {
    case "pause":
      await steered.gate.pause();
      return done("Paused. Updates are accepted, and wait.");
    case "resume":
      await resume(steered);
      return done("Resumed. It catches up with the newest of each customer.");
    case "test":
      return sayTest(await test(steered));
    case "backfill":
      await backfill(steered, { all: wish.all ?? false });
      return done("The backfill has begun. Its progress is below.");
    case "replay": {
      const customer = wish.customer_id;
      await replay(steered, customer === undefined ? null : [customer]);
      return done(
        `${customer === undefined ? "All that" : "What"} was given up on is tried again.`,
      );
    }
  }
}

/** What an action on a customer needs beside the ledger. */
export interface ActionContext extends Pick<Env, "PROFILES"> {
  /** The ids of all destinations, the lookup store's among them. */
  readonly known: readonly string[];
}

/** Does to a customer what a form asks for. */
export async function actOnCustomer(
  located: Located,
  form: Form,
  { PROFILES, known }: ActionContext,
): Promise<Notice> {
  const parsed = v.safeParse(customerSchema, form);
  if (!parsed.success) return UNKNOWN;
  const wish = parsed.output;
  log({ event: "dashboard.acted", customer: shortDigest(located.digest), order: wish.order });
  switch (wish.order) {
    case "resync": {
      const { destination = null } = wish;
      if (destination !== null && !known.includes(destination)) return UNKNOWN;
      const isKnown = await located.ledger.resync(located.customerId, destination);
      if (!isKnown) return { tone: "bad", text: "There is no profile to send." };
      return done(`The newest profile goes to ${destination ?? "all destinations"} again.`);
    }
    case "erase":
      if (wish.confirmed !== true) {
        return { tone: "bad", text: "Nothing was forgotten: tick the box to confirm it." };
      }
      await erase(located, PROFILES);
      return done("The customer is forgotten.");
  }
}

function done(text: string): Notice {
  return { tone: "good", text };
}

function sayTest(result: Awaited<ReturnType<typeof test>>): Notice {
  const { outcome, status, latency_ms, error } = result;
  const answer = status === null ? "no answer" : `HTTP ${status}`;
  const said = `${answer} after ${duration(latency_ms)}`;
  switch (outcome) {
    case "delivered":
    case "accepted":
      return done(`The test was acknowledged: ${said}.`);
    case "retry":
    case "held":
    case "rejected":
    case "split":
      return { tone: "bad", text: `The test was not acknowledged: ${said}. ${error ?? ""}`.trim() };
  }
}
