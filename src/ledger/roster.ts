// What a partition knows of each destination as a whole: since when it is one, whether its gate is
// closed, and which of its customers are being gone through. Pure.
import * as v from "valibot";
import { storedTimeSchema } from "../time.ts";
import type { AppliedPolicy, DestinationPolicy } from "./policy.ts";
import type { Settlement } from "./turn.ts";

const integer = v.pipe(v.number(), v.integer());

/**
 * A gate that was found closed. Its customers are held until it is found open: after `until` one of
 * them is let go, to see, and the others follow once it got through. Times in ms of Unix time.
 */
const closureSchema = v.object({
  until: storedTimeSchema,
  reason: v.string(),
  /** When it was found open: from then on those it held are let go. */
  liftedAt: v.nullable(storedTimeSchema),
});

/** A way through a partition's customers, in the order of their ids. */
const sweepSchema = v.object({
  startedAt: storedTimeSchema,
  finishedAt: v.nullable(storedTimeSchema),
  /** Customers there were to go through at the start, and how many it has. */
  total: integer,
  visited: integer,
  /** The last customer it has gone through. */
  after: v.string(),
  /** Whether those that acknowledged the newest profile get it once more. */
  all: v.boolean(),
});
export type Sweep = v.InferOutput<typeof sweepSchema>;

/** What cannot be read is as if it had never been, so that the generation at least is known. */
const orNone = <const TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.fallback(v.nullable(schema), null);

export const rosterEntrySchema = v.object({
  /** Counts how often the destination was added to the configuration. */
  generation: v.pipe(integer, v.minValue(0)),
  isConfigured: v.boolean(),
  closure: orNone(closureSchema),
  backfill: orNone(sweepSchema),
  replay: orNone(sweepSchema),
});
export type RosterEntry = v.InferOutput<typeof rosterEntrySchema>;

/** Which sweep: `backfill` goes through all customers, `replay` through the dead letters. */
export type SweepKind = "backfill" | "replay";

/** A sweep that all partitions are to make. */
export interface SweepOrder {
  /** The same in all partitions, in ms of Unix time: it tells this sweep from others. */
  readonly startedAt: number;
  /** Also those customers that are in step. */
  readonly all: boolean;
}

/** Customers that a partition makes due at a destination at a time: one doorbell's worth. */
const FEED_SIZE = 100;
/** So long a lifted closure is remembered: those who claimed before may still report that it is closed. */
const STALE_WORD_MS = 60_000;

/** A destination that was never configured. */
export const STRANGER: RosterEntry = {
  generation: 0,
  isConfigured: false,
  closure: null,
  backfill: null,
  replay: null,
};

/**
 * The entry of a destination that the configuration names, or no longer names; `null` when nothing
 * changes. One that is added again begins anew, since its CRM may be another: what it knew before is
 * kept under another key, and forgotten.
 */
export function enrol(known: RosterEntry | undefined, isConfigured: boolean): RosterEntry | null {
  const entry = known ?? STRANGER;
  if (entry.isConfigured === isConfigured) return null;
  if (!isConfigured) return { ...STRANGER, generation: entry.generation };
  return { ...STRANGER, generation: entry.generation + 1, isConfigured };
}

/** A destination's policy as it applies now. */
export function apply(policy: DestinationPolicy, entry: RosterEntry, now: number): AppliedPolicy {
  const { closure } = entry;
  const isClosed = closure !== null && closure.liftedAt === null && now < closure.until;
  const key = keyOf(policy.id, entry);
  const { reason: closed, until: opensAt } = isClosed ? closure : { reason: null, until: null };
  return { ...policy, key, closed, opensAt };
}

/** Under this key a partition keeps what the destination knows. No id has a dot in it. */
export function keyOf(id: string, { generation }: RosterEntry): string {
  return generation <= 1 ? id : `${id}.${generation}`;
}

/** What a settlement says of a destination's gate: how a delivery went that was claimed at `claimedAt`. */
export interface Word {
  readonly settlement: Settlement;
  readonly claimedAt: number;
}

/**
 * Learns from deliveries whether a gate is closed. Whoever claimed before it was found open knows
 * nothing of that, and an answer counts only once it was time to ask again.
 */
export function hear(entry: RosterEntry, words: readonly Word[], now: number): RosterEntry {
  const { closure } = entry;
  const liftedAt = closure?.liftedAt ?? null;
  for (const { settlement, claimedAt } of words.toReversed()) {
    const isStale = liftedAt !== null && claimedAt < liftedAt;
    if (settlement.kind !== "held" || isStale) continue;
    const { reason, forMs } = settlement;
    return { ...entry, closure: { until: now + forMs, reason, liftedAt: null } };
  }
  const isAnswered = words.some(({ settlement: { kind } }) => ANSWERED.has(kind));
  const isTime = closure !== null && closure.until <= now;
  return isAnswered && isTime ? lift(entry, now) : entry;
}

/** Why a gate is closed of which nobody heard before it was opened. */
const OPENED = "closed until an operator opened it";

const ANSWERED: ReadonlySet<Settlement["kind"]> = new Set(["delivered", "accepted", "rejected"]);

/** The gate was found open. */
export function lift(entry: RosterEntry, now: number): RosterEntry {
  if (entry.closure === null || entry.closure.liftedAt !== null) return entry;
  return { ...entry, closure: { ...entry.closure, liftedAt: now } };
}

/**
 * An operator opened the gate. That must be remembered even where nobody here had heard that it was closed:
 * a delivery that it turned away before may be settled only now.
 */
export function open(entry: RosterEntry, now: number): RosterEntry {
  const closure = entry.closure ?? { until: now, reason: OPENED };
  return { ...entry, closure: { ...closure, liftedAt: now } };
}

/** Nobody is held any more: a closure that is over can be forgotten. */
export function forgetClosure(entry: RosterEntry, now: number): RosterEntry {
  const { closure } = entry;
  if (closure === null) return entry;
  const isOver =
    closure.liftedAt === null ? closure.until <= now : closure.liftedAt + STALE_WORD_MS <= now;
  return isOver ? { ...entry, closure: null } : entry;
}

/**
 * How many customers may be under way to a destination at a time on the ledger's own account: none
 * while its gate is closed, then one, to see, and a doorbell's worth as long as it is open.
 */
export function appetite({ closure }: RosterEntry, now: number): number {
  if (closure === null || closure.liftedAt !== null) return FEED_SIZE;
  return closure.until <= now ? 1 : 0;
}

/**
 * A sweep that begins, unless one is under way. All partitions go through their customers with the same
 * start, by which it is known whether this one has done its part already.
 */
export function startSweep(
  entry: RosterEntry,
  kind: SweepKind,
  { total, all, startedAt }: SweepOrder & { readonly total: number },
): RosterEntry {
  if (isSweeping(entry, kind) || entry[kind]?.startedAt === startedAt) return entry;
  const sweep = { startedAt, finishedAt: null, total, visited: 0, after: "", all };
  return { ...entry, [kind]: sweep };
}

/** A sweep after it has gone through some customers; finished when there were fewer than it asked for. */
export function advanceSweep(
  sweep: Sweep,
  visited: readonly string[],
  asked: number,
  now: number,
): Sweep {
  return {
    ...sweep,
    visited: sweep.visited + visited.length,
    after: visited.at(-1) ?? sweep.after,
    finishedAt: visited.length < asked ? now : null,
  };
}

/** Whether a sweep is under way. */
export function isSweeping(entry: RosterEntry, kind: SweepKind): boolean {
  return entry[kind] !== null && entry[kind].finishedAt === null;
}
