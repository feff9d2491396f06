// The judge: what must hold of a run, one pure check each. A check gives its breaches in words, and none
// where all is well.
import { LEASE_MS } from "../../src/ledger/policy.ts";
import { applyChanges } from "../support/changes.ts";
import { contentOfUpdate, isSame, newestUpdates } from "./content.ts";
import type { Content, CrmHistory, History, Receipt } from "./history.ts";

/** What each check asks, by its name. */
export const CHECKS: Readonly<Record<string, (history: History) => readonly string[]>> = {
  "every webhook was answered, and accepted once at most": acceptedOnce,
  "the ledger holds the newest profile of everybody": ledgerIsNewest,
  "KV equals the ledger": storeEqualsLedger,
  "every CRM's database holds the newest profiles": databasesAreNewest,
  "no CRM was told what Gameball never said": toldTheTruth,
  "no CRM went back": neverBack,
  "nothing was acknowledged twice but after a lost acknowledgement": acknowledgedOnce,
  "the received changes, applied in order, give what each CRM holds": changesLead,
};

/**
 * A run of the consumer begins no request later than 12.5 s after it began, and a request lasts 5 s at most:
 * so long an answer may wait to be settled, and longer where the machine is slow. If the relay is killed within
 * this time, it may not know of it.
 */
export const SETTLED_WITHIN_MS = 25_000;
/** What a kill left leased comes again once its lease has run out; it was claimed so long before its answer. */
const SOONEST_AGAIN_MS = LEASE_MS - SETTLED_WITHIN_MS;
/** An answer may leave a CRM just after the relay is gone. */
const OVERLAP_MS = 1_000;

/** All breaches, each with the name of its check. */
export function judge(history: History): string[] {
  return Object.entries(CHECKS).flatMap(([name, check]) =>
    check(history).map((breach) => `${name}: ${breach}`),
  );
}

/**
 * Whether the relay may not know of an acknowledgement: the CRM knows that its answer was lost, or the relay
 * was killed before it had surely settled it.
 */
export function isLost({ ending, at, endedAt }: Receipt, kills: readonly number[]): boolean {
  if (ending === "lost") return true;
  return kills.some((kill) => kill >= at - OVERLAP_MS && kill <= endedAt + SETTLED_WITHIN_MS);
}

/** Whether a CRM applied what it received. */
export function isApplied({ ending }: Receipt): boolean {
  return ending === "answered" || ending === "lost";
}

export function acceptedOnce({ webhooks }: History): string[] {
  const accepted = new Set<string>();
  return webhooks.flatMap(({ update: { customer, step }, outcome }) => {
    const name = `step ${step} of ${customer}`;
    if (outcome === "duplicate" || outcome === "stale") return [];
    if (outcome !== "accepted") return [`${name} was answered ${outcome}`];
    if (accepted.has(name)) return [`${name} was accepted twice`];
    accepted.add(name);
    return [];
  });
}

export function ledgerIsNewest({ webhooks, known }: History): string[] {
  return [...newestUpdates(webhooks)].flatMap(([customer, update]) =>
    compare(`the ledger's ${customer}`, known.get(customer)?.ledger, contentOfUpdate(update)),
  );
}

export function storeEqualsLedger({ known }: History): string[] {
  return [...known].flatMap(([customer, { ledger, store }]) =>
    compare(`KV's ${customer}`, store, ledger),
  );
}

export function databasesAreNewest({ webhooks, crms }: History): string[] {
  const newest = newestUpdates(webhooks);
  return crms.flatMap(({ id, onlyOn, database }) => [
    ...[...newest].flatMap(([customer, update]) => {
      const held = database.get(customer);
      const expected = contentOfUpdate(update);
      const name = `${customer} at ${id}`;
      return compare(name, held && below(held, onlyOn), below(expected, onlyOn));
    }),
    ...[...database.keys()]
      .filter((customer) => !newest.has(customer))
      .map((customer) => `${id} holds ${customer}, whom Gameball never named`),
  ]);
}

export function toldTheTruth({ webhooks, crms }: History): string[] {
  const said = new Map(
    webhooks.map(({ update }) => [`${update.customer} ${update.step}`, contentOfUpdate(update)]),
  );
  return crms.flatMap(({ id, receipts }) =>
    receipts.flatMap(({ customer, step, content }) =>
      compare(`step ${step} of ${customer} at ${id}`, content, said.get(`${customer} ${step}`)),
    ),
  );
}

export function neverBack({ crms }: History): string[] {
  return inTurn(crms, (receipt, before, { id }) => {
    const highest = Math.max(0, ...before.map(({ sequence }) => sequence));
    const { sequence, customer } = receipt;
    if (sequence >= highest) return [];
    return [`${id} was sent sequence ${sequence} of ${customer} after ${highest}`];
  });
}

/**
 * The CRM knows of most lost answers itself. Of those that left it, one is taken for lost if the relay was killed
 * before it had surely settled it; and then the repeat must come after that kill, and not before its lease can
 * have run out.
 */
export function acknowledgedOnce({ crms, kills }: History): string[] {
  return inTurn(crms, (receipt, before, { id }) => {
    const { sequence, customer, at } = receipt;
    const last = before.findLast(isApplied);
    if (!isApplied(receipt) || last?.sequence !== sequence || last.ending === "lost") return [];
    const earlier = kills.filter((kill) => kill < at);
    const afterMs = at - last.at;
    if (isLost(last, earlier) && afterMs >= SOONEST_AGAIN_MS) return [];
    return [`sequence ${sequence} of ${customer} at ${id}, again after ${afterMs} ms`];
  });
}

/**
 * Changes count from what the relay knows to be acknowledged: what was last surely acknowledged, or one of those
 * after it of which the relay may not know.
 */
export function changesLead({ crms, kills }: History): string[] {
  return inTurn(crms, ({ customer, sequence, content, changes }, before, { id }) => {
    const name = `sequence ${sequence} of ${customer} at ${id}`;
    const applied = before.filter(isApplied);
    const sure = applied.findLastIndex((receipt) => !isLost(receipt, kills));
    if (changes === null) return sure < 0 ? [] : [`${name} has no changes`];
    const bases = applied.slice(Math.max(0, sure));
    const fits = bases.some((base) => leads(base.content, changes, content));
    return fits ? [] : [`${name} has changes that do not lead to it: ${JSON.stringify(changes)}`];
  });
}

function leads(from: Content, changes: NonNullable<Receipt["changes"]>, to: Content): boolean {
  const isHeld = Object.entries(changes).every(([path, change]) =>
    isSame({ value: from[path] ?? null }, { value: change.from }),
  );
  return isHeld && isSame(applyChanges(from, changes), to);
}

/** Goes through what each CRM received of each customer, each with those before it. */
function inTurn(
  crms: readonly CrmHistory[],
  check: (receipt: Receipt, before: readonly Receipt[], crm: CrmHistory) => string[],
): string[] {
  return crms.flatMap((crm) =>
    [...Map.groupBy(crm.receipts, ({ customer }) => customer).values()].flatMap((receipts) =>
      receipts.flatMap((receipt, index) => check(receipt, receipts.slice(0, index), crm)),
    ),
  );
}

function below(content: Content, paths: readonly string[]): Content {
  if (paths.length === 0) return content;
  return Object.fromEntries(
    Object.entries(content).filter(([key]) => paths.some((path) => key.startsWith(`${path}.`))),
  );
}

function compare(
  name: string,
  found: Content | null | undefined,
  expected: Content | null | undefined,
): string[] {
  if (found == null && expected == null) return [];
  if (found != null && expected != null && isSame(found, expected)) return [];
  const [is, should] = [found, expected].map((content) => JSON.stringify(content ?? null));
  return [`${name} is ${is} and should be ${should}`];
}
