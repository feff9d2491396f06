// What the pages show, read from gates and ledger: each of them is asked once for a page.
import * as v from "valibot";
import type { ReadContext } from "../api/context.ts";
import { viewDestination } from "../api/destination-view.ts";
import { wholeLedger } from "../api/find-destination.ts";
import { cursorSchema, nextCursor } from "../api/page.ts";
import { reach } from "../api/reach.ts";
import { gateOf } from "../gate/client.ts";
import type { DeadLetter } from "../ledger/dead-letter.ts";
import { PROFILE_STORE } from "../ledger/policy.ts";
import {
  FIRST_PLACE,
  type LedgerPlace,
  type SurveyOf,
  type WholeLedger,
} from "../ledger/whole-ledger.ts";
import { locate } from "../operator/customer.ts";
import type { Steered } from "../operator/steer.ts";
import { customerIdSchema } from "../profile/customer-id.ts";
import type { Profile } from "../profile/profile.ts";
import type { Overseen, OverviewProps } from "./overview.tsx";

/** Rows of a list that a page shows at once. */
const MAX_ROWS = 25;

/** How everything stands, at the time `now` (ms of Unix time). */
export async function readOverview(context: ReadContext, now: number): Promise<OverviewProps> {
  const ledger = wholeLedger(context);
  const surveying = reach(ledger.survey());
  const overseen = context.get("configuration").destinations.map(async (destination) => {
    const gate = gateOf(context.env, destination.id);
    return oversee({ destination, gate, ledger }, surveying, now);
  });
  const destinations = await Promise.all(overseen);
  return { destinations, lookups: (await surveying)(PROFILE_STORE).crowd, now };
}

/** A destination, and a page of each of its lists. */
export interface ReadDestination extends Overseen {
  readonly behind: Part<Profile>;
  readonly deadLetters: Part<DeadLetter>;
}

/** Some of a list, and the cursor of those behind them; `null` when there are no more. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

const NOTHING = { items: [], next: null };

const placeSchema = v.fallback(cursorSchema, FIRST_PLACE);

/** How one destination stands. Who is behind or dead is only asked where somebody is. */
export async function readDestination(
  context: ReadContext,
  steered: Steered,
  now: number,
): Promise<ReadDestination> {
  const { destination, ledger } = steered;
  const overseen = await oversee(steered, reach(ledger.survey()), now);
  const { customers_behind, dead_letters } = overseen.view;
  const place = (list: string) => v.parse(placeSchema, context.req.query(list));
  const [behind, deadLetters] = await Promise.all([
    customers_behind === 0 ? NOTHING : readBehind(ledger, destination.id, place("behind")),
    dead_letters === 0 ? NOTHING : readDeadLetters(ledger, destination.id, place("dead")),
  ]);
  return { ...overseen, behind, deadLetters };
}

/** Customers whose id or e-mail address was looked for, and whether there are more of them. */
export async function findCustomers(
  context: ReadContext,
  query: string,
): Promise<{ readonly found: readonly Profile[]; readonly hasMore: boolean }> {
  const customerId = v.safeParse(customerIdSchema, query);
  if (!customerId.success) return { found: [], hasMore: false };
  const { ledgerPartitions } = context.get("configuration");
  const located = await locate(customerId.output, context.env, ledgerPartitions);
  const [one, byEmail] = await Promise.all([
    reach(located.ledger.profile(customerId.output)),
    reach(wholeLedger(context).findByEmail(query, FIRST_PLACE, MAX_ROWS)),
  ]);
  const others = byEmail.profiles.filter(({ customer_id }) => customer_id !== one?.customer_id);
  return { found: one === null ? others : [one, ...others], hasMore: byEmail.next !== null };
}

async function readBehind(ledger: WholeLedger, id: string, from: LedgerPlace) {
  const { profiles, next } = await reach(ledger.behind(id, from, MAX_ROWS));
  return { items: profiles, next: nextCursor(next) };
}

async function readDeadLetters(ledger: WholeLedger, id: string, from: LedgerPlace) {
  const { letters, next } = await reach(ledger.deadLetters(id, from, MAX_ROWS));
  return { items: letters, next: nextCursor(next) };
}

async function oversee(
  { destination, gate }: Steered,
  surveying: Promise<SurveyOf>,
  now: number,
): Promise<Overseen> {
  const [surveyOf, { view, quarters }] = await Promise.all([surveying, reach(gate.history())]);
  return { view: viewDestination(destination, view, surveyOf(destination.id), now), quarters };
}
