// What happens when in a run, made of its seed alone: webhooks out of order and twice, what ails each CRM,
// kills of the relay, and an operator who now and then opens a gate. Pure.
import { BASE_MS, update } from "../support/relay-client.ts";
import { Dice } from "./dice.ts";
import { type Fault, FAULTS } from "./faults.ts";
import type { Options } from "./options.ts";

/** The CRMs: one event a call, arrays of events, and one that cares for tiers alone. */
export const CRM_IDS = ["single", "many", "tiers"] as const;
export type CrmId = (typeof CRM_IDS)[number];

/** One update of one customer. Step 0 is the oldest, and the time in it is that of the step. */
export interface Update {
  readonly customer: string;
  readonly step: number;
  readonly tier: string;
  /** An attribute that is there only sometimes. */
  readonly city: string | null;
}

/** Times are in ms since the run began. */
export interface Schedule {
  readonly durationMs: number;
  /** By time; an update that is sent twice is there twice. */
  readonly webhooks: readonly { readonly atMs: number; readonly update: Update }[];
  /** By time; what ails each CRM until its next entry. */
  readonly spells: Readonly<Record<CrmId, readonly Spell[]>>;
  readonly kills: readonly number[];
}

/** What ails a CRM from a time on. */
export interface Spell {
  readonly fromMs: number;
  readonly fault: Fault;
  /** At its beginning an operator opens the CRM's gate, whatever it learned before. */
  readonly isResumed: boolean;
}

/** Of all webhooks so many are sent twice. */
const DOUBLED = 0.15;
const FIRST = 0.5;
/** A webhook may come so much later than it happened. */
const MAX_DELAY_MS = 10_000;
const MIN_SPELL_MS = 2_000;
const MAX_SPELL_MS = 12_000;
/** A short run has shorter spells, so that there are at least so many. */
const MIN_SPELLS = 6;
const RESUMED = 0.6;
/** Between kills; the relay takes some of it to start. */
const MIN_LIFE_MS = 8_000;
const MAX_LIFE_MS = 40_000;

const TIERS = ["basic", "silver", "gold"] as const;
const CITIES = [null, "Cairo", "Lyon"] as const;

/** The schedule of a run. */
export function scheduleOf({ minutes, seed, customers, rate }: Options): Schedule {
  const durationMs = minutes * 60_000;
  const count = Math.max(1, Math.round((minutes * 60 * rate) / (1 + DOUBLED)));
  const spells = Object.fromEntries(
    CRM_IDS.map((id) => [id, spellsOf(durationMs, new Dice(seed, `spells of ${id}`))]),
  ) as Record<CrmId, Spell[]>;
  return {
    durationMs,
    webhooks: webhooksOf(count, customers, durationMs, new Dice(seed, "webhooks")),
    spells,
    kills: killsOf(durationMs, new Dice(seed, "kills")),
  };
}

/** Gameball's webhook of an update. */
export function webhookOf({ customer, step, tier, city }: Update) {
  const attributes = city === null ? {} : { city };
  const data = { tier_name: tier, tier_order: TIERS.findIndex((name) => name === tier) + 1 };
  return update(customer, step, { ...data, ...attributes });
}

/** The step of an update that happened at a time (RFC 3339). */
export function stepAt(occurredAt: string): number {
  return (Date.parse(occurredAt) - BASE_MS) / 1000;
}

function webhooksOf(
  count: number,
  customers: number,
  durationMs: number,
  dice: Dice,
): Schedule["webhooks"] {
  const steps = new Map<string, number>();
  const webhooks: { atMs: number; update: Update }[] = [];
  const lastMs = Math.max(0, durationMs - MAX_DELAY_MS);
  let seen = 0;
  for (let index = 0; index < count; index += 1) {
    // Half of the updates are somebody's first, as long as there is anybody; of the others some have more.
    const isFirst = seen === 0 || (seen < customers && dice.happens(FIRST));
    const number = isFirst ? seen : Math.floor(dice.next() ** 2 * seen);
    if (isFirst) seen += 1;
    const customer = `customer-${number}`;
    const step = steps.get(customer) ?? 0;
    steps.set(customer, step + 1);
    const happenedMs = (index / count) * lastMs;
    const made = { customer, step, tier: dice.pick(...TIERS), city: dice.pick(...CITIES) };
    const times = dice.happens(DOUBLED) ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      const delayMs = dice.next() ** 2 * Math.min(MAX_DELAY_MS, durationMs);
      webhooks.push({ atMs: Math.round(happenedMs + delayMs), update: made });
    }
  }
  return webhooks.toSorted((left, right) => left.atMs - right.atMs);
}

/** Every fault once before any comes again, in another order each time. */
function spellsOf(durationMs: number, dice: Dice): Spell[] {
  const spells: Spell[] = [];
  const maxMs = Math.max(MIN_SPELL_MS, Math.min(MAX_SPELL_MS, durationMs / MIN_SPELLS));
  let left: Fault[] = [];
  for (let fromMs = 0; fromMs < durationMs;) {
    if (left.length === 0) left = [...FAULTS];
    const [fault = "healthy"] = left.splice(Math.floor(dice.next() * left.length), 1);
    spells.push({ fromMs, fault, isResumed: dice.happens(RESUMED) });
    fromMs += Math.round(dice.between(MIN_SPELL_MS, maxMs));
  }
  return spells;
}

/** At random moments, and once at least. */
function killsOf(durationMs: number, dice: Dice): number[] {
  const kills: number[] = [];
  const life = (): number => Math.round(dice.between(MIN_LIFE_MS, MAX_LIFE_MS));
  for (let atMs = life(); atMs < durationMs; atMs += life()) kills.push(atMs);
  return kills.length > 0 ? kills : [Math.round(dice.between(0.25, 0.75) * durationMs)];
}
