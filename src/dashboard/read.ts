// What the pages show, read from gates and ledger: each of them is asked once for a page.
import * as v from "valibot";
import type { ReadContext } from "../api/context.ts";
import { type DestinationView, viewDestination } from "../api/destination-view.ts";
import { wholeLedger } from "../api/find-destination.ts";
import { cursorSchema, nextCursor } from "../api/page.ts";
import { reach } from "../api/reach.ts";
import type { Destination } from "../destinations/destination.ts";
import { gateOf } from "../gate/client.ts";
import type { QuarterView } from "../gate/statistics.ts";
import type { GateHistory } from "../gate/view.ts";
import type { DeadLetter } from "../ledger/dead-letter.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import type { Crowd } from "../ledger/store/crowds.ts";
import {
  FIRST_PLACE,
  type LedgerPlace,
  type SurveyOf,
  type WholeLedger,
} from "../ledger/whole-ledger.ts";
import { locate } from "../operator/customer.ts";
import type { Steered } from "../operator/steer.ts";
import { type CustomerId, customerIdSchema } from "../profile/customer-id.ts";
import type { Profile } from "../profile/profile.ts";

/** Rows of a list that a page shows at once. */
const MAX_ROWS = 25;

/** A destination and its figures of the last day. */
export interface Overseen {
  readonly view: DestinationView;
  readonly quarters: readonly QuarterView[];
}

/** How everything stands, at the time `now` (ms of Unix time). */
export interface ReadOverview {
  readonly destinations: readonly Overseen[];
  /** Destinations whose gates do not answer for now. */
  readonly unreached: readonly Pick<Destination, "id" | "format">[];
  /** Of the lookup store. */
  readonly lookups: Crowd;
  readonly now: number;
}

/** How everything stands, at the time `now` (ms of Unix time). A gate that does not answer hides no other. */
export async function readOverview(context: ReadContext, now: number): Promise<ReadOverview> {
  const ledger = wholeLedger(context);
  const { destinations } = context.get("configuration");
  const [surveyOf, histories] = await Promise.all([
    reach(ledger.survey()),
    Promise.allSettled(destinations.map(async ({ id }) => gateOf(context.env, id).history())),
  ]);
  const seen = destinations.map((destination, n) => {
    const history = histories[n];
    return history?.status === "fulfilled"
      ? { destination, history: history.value }
      : { destination, history: null };
  });
  return {
    destinations: seen.flatMap(({ destination, history }) =>
      history === null ? [] : [oversee(destination, history, surveyOf, now)],
    ),
    unreached: seen.flatMap(({ destination, history }) => (history === null ? [destination] : [])),
    lookups: surveyOf(PROFILE_STORE).crowd,
    now,
  };
}

/** A destination, and a page of each of its lists. */
export interface ReadDestination extends Overseen {
  readonly behind: Part<Profile>;
  readonly deadLetters: Part<DeadLetter>;
}

/** Some of a list, and the cursor of those behind them; `null` when there are no more. */
export interface Part<T> {
  readonly items: readonly T[];
  /** Nothing of the list is before them. */
  readonly isFirst: boolean;
  readonly next: string | null;
}

const NOTHING = { items: [], isFirst: true, next: null };

const placeSchema = v.fallback(cursorSchema, FIRST_PLACE);

/** How one destination stands. Who is behind or dead is only asked where somebody is. */
export async function readDestination(
  context: ReadContext,
  steered: Steered,
  now: number,
): Promise<ReadDestination> {
  const { destination, gate, ledger } = steered;
  const asked = [reach(ledger.survey()), reach(gate.history())] as const;
  const [surveyOf, history] = await Promise.all(asked);
  const overseen = oversee(destination, history, surveyOf, now);
  const { customers_behind, dead_letters } = overseen.view;
  const place = (list: string) => v.parse(placeSchema, context.req.query(list));
  const [behind, deadLetters] = await Promise.all([
    customers_behind === 0 ? NOTHING : readBehind(ledger, destination.id, place("behind")),
    dead_letters === 0 ? NOTHING : readDeadLetters(ledger, destination.id, place("dead")),
  ]);
  return { ...overseen, behind, deadLetters };
}

/** Whoever was looked for by id or e-mail address. */
export interface Found {
  /** The id is somebody's: there is nobody to choose from. */
  readonly id: CustomerId | null;
  readonly byEmail: Part<Profile>;
}

/** Looks for a customer. An id may begin or end with a blank, an e-mail address does not. */
export async function findCustomers(context: ReadContext, query: string): Promise<Found> {
  const parsed = v.safeParse(customerIdSchema, query);
  if (!parsed.success) return { id: null, byEmail: NOTHING };
  const customerId = parsed.output;
  const { ledgerPartitions } = context.get("configuration");
  const { ledger } = await locate(customerId, context.env, ledgerPartitions);
  const from = v.parse(placeSchema, context.req.query("from"));
  const [customer, { profiles, next }] = await Promise.all([
    reach(ledger.customer(customerId)),
    reach(wholeLedger(context).findByEmail(query.trim(), from, MAX_ROWS)),
  ]);
  return { id: customer === null ? null : customerId, byEmail: partOf(profiles, from, next) };
}

async function readBehind(ledger: WholeLedger, id: string, from: LedgerPlace) {
  const { profiles, next } = await reach(ledger.behind(id, from, MAX_ROWS));
  return partOf(profiles, from, next);
}

async function readDeadLetters(ledger: WholeLedger, id: string, from: LedgerPlace) {
  const { letters, next } = await reach(ledger.deadLetters(id, from, MAX_ROWS));
  return partOf(letters, from, next);
}

function partOf<T>(items: readonly T[], from: LedgerPlace, next: LedgerPlace | null): Part<T> {
  return { items, isFirst: from === FIRST_PLACE, next: nextCursor(next) };
}

function oversee(
  destination: Destination,
  { view, quarters }: GateHistory,
  surveyOf: SurveyOf,
  now: number,
): Overseen {
  return { view: viewDestination(destination, view, surveyOf(destination.id), now), quarters };
}
