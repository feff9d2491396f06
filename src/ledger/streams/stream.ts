// One customer's events on their way to one destination: each is delivered, in its turn. Pure; the
// events themselves lie in the store, and a transition is told of the first that waits.
import * as v from "valibot";
import { PROFILE_TOPIC } from "../../topics.ts";
import { type Changes, changesBetween, touches } from "../../profile/changes.ts";
import { profileSchema } from "../../profile/profile.ts";
import { storedTimeSchema } from "../../time.ts";
import type { AppliedPolicy } from "../policy.ts";
import {
  conclude,
  firstTurn,
  isFree,
  lease,
  loseLease,
  type Settlement,
  turnDueAt,
  turnEntries,
} from "../turn.ts";
import type { Content, QueuedEvent } from "./event.ts";

const integer = v.pipe(v.number(), v.integer());
const counter = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Events of one customer that may wait for a destination; the oldest beyond them are given up on. */
export const MAX_WAITING = 1_000;

/** A stream, as stored. Times are in ms of Unix time, sequences 0 where there is none. */
export const streamSchema = v.object({
  ...turnEntries,
  /** The number of its latest event: 1, 2, 3 … */
  newest: counter,
  /** Events that wait, and since when the first of them does; none with a number before `first` waits. */
  waiting: counter,
  waitingSince: v.nullable(storedTimeSchema),
  first: counter,
  /** The sequence of the latest profile among its events, and of the latest it acknowledged. */
  appended: integer,
  acknowledged: integer,
  /** The profile that the destination was sent last. */
  delivered: v.nullable(profileSchema),
});
export type Stream = v.InferOutput<typeof streamSchema>;

/** What is to be done now. */
export type NextStep =
  | { readonly kind: "wait"; readonly stream: Stream }
  /** The first event waited for too long. */
  | { readonly kind: "bury"; readonly event: QueuedEvent }
  /** The first event needs no call: nothing in `only_on` changed, or its topic is not asked for any more. */
  | { readonly kind: "skip"; readonly event: QueuedEvent; readonly stream: Stream }
  | {
      readonly kind: "deliver";
      readonly event: QueuedEvent;
      readonly stream: Stream;
      /** Against the profile that was sent last; `null` when there is none, or no profile to send. */
      readonly changes: Changes | null;
    };

/** How an attempt at an event ended: it is gone, it is a dead letter, or it waits for the next. */
export type Fate = "acknowledged" | "refused" | "waits";

/** A stream with one more event, whose number is its `newest`. */
export function append(
  known: Stream | null,
  content: Content,
  context: { readonly policy: AppliedPolicy; readonly now: number },
): Stream {
  const { policy, now } = context;
  const stream = known ?? emptyStream(policy, now);
  const isIdle = stream.waiting === 0 && stream.lease === null;
  return {
    ...stream,
    ...(isIdle ? { notBefore: now, held: policy.closed } : {}),
    newest: stream.newest + 1,
    waiting: stream.waiting + 1,
    waitingSince: stream.waitingSince ?? now,
    appended: content.topic === PROFILE_TOPIC ? content.profile.sequence : stream.appended,
  };
}

/** A stream that one of its events has left; `first` is the first of those that still wait. */
export function leave(stream: Stream, first: QueuedEvent | null): Stream {
  return { ...stream, waiting: stream.waiting - 1, ...headOf(stream, first) };
}

/** A stream in which so many dead letters wait again; `first` is the first of all that wait. */
export function rejoin(
  stream: Stream,
  revived: number,
  first: QueuedEvent | null,
  context: { readonly policy: AppliedPolicy; readonly now: number },
): Stream {
  const { policy, now } = context;
  const woken = stream.waiting === 0 ? { notBefore: now, held: policy.closed } : {};
  return {
    ...stream,
    ...woken,
    waiting: stream.waiting + revived,
    ...headOf(stream, first),
  };
}

/** What a consumer is to do with the first event that waits. */
export function next(
  known: Stream,
  event: QueuedEvent | null,
  context: { readonly policy: AppliedPolicy; readonly now: number; readonly leaseId: string },
): NextStep {
  const { policy, now, leaseId } = context;
  const stream = known.lease !== null && known.lease.until <= now ? loseLease(known, now) : known;
  if (stream.lease !== null) return { kind: "wait", stream };
  if (event === null)
    return { kind: "wait", stream: { ...stream, waiting: 0, waitingSince: null } };
  if (!isWanted(event, policy)) return { kind: "skip", event, stream };
  if (now - event.waitingSince >= policy.giveUpAfterMs) return { kind: "bury", event };
  if (!isFree(stream, now)) return { kind: "wait", stream };
  if (policy.closed !== null) return { kind: "wait", stream: { ...stream, held: policy.closed } };

  const { content, number } = event;
  const profile = content.topic === PROFILE_TOPIC ? content.profile : null;
  const changes =
    profile !== null && stream.delivered !== null
      ? changesBetween(stream.delivered, profile)
      : null;
  const maySpare = policy.onlyOn.length > 0 && stream.failures === 0;
  if (changes !== null && maySpare && !touches(changes, policy.onlyOn)) {
    return { kind: "skip", event, stream: acknowledge(stream, event) };
  }
  return { kind: "deliver", event, stream: lease(stream, leaseId, number, now), changes };
}

/** A consumer reports how the attempt at the event that it holds a lease for ended. */
export function settle(
  stream: Stream,
  event: QueuedEvent,
  settlement: Settlement,
  context: { readonly now: number; readonly random: number },
): { readonly stream: Stream; readonly fate: Fate } {
  const ended = conclude(stream, settlement, { ...context, isNewest: true });
  switch (settlement.kind) {
    case "delivered":
    case "accepted":
      return { stream: deliver(ended, event), fate: "acknowledged" };
    case "rejected":
      return { stream: { ...ended, failures: 0, failingSince: null }, fate: "refused" };
    case "retry":
    case "held":
    case "untried":
      return { stream: ended, fate: "waits" };
  }
}

/** When something is to be done for a stream: an event that is held still does not wait for ever. */
export function streamDueAt(stream: Stream, policy: AppliedPolicy): number | null {
  const { waitingSince, held, lease: leased } = stream;
  const isHeld = held !== null && leased === null && waitingSince !== null;
  return isHeld ? waitingSince + policy.giveUpAfterMs : turnDueAt(stream, stream.waiting > 0);
}

function isWanted({ content }: QueuedEvent, policy: AppliedPolicy): boolean {
  return content.topic === PROFILE_TOPIC ? policy.profiles === "every" : policy.notifications;
}

/** Where what waits begins, and since when. */
function headOf(stream: Stream, first: QueuedEvent | null): Pick<Stream, "waitingSince" | "first"> {
  return {
    waitingSince: first?.waitingSince ?? null,
    first: first?.number ?? stream.newest + 1,
  };
}

function emptyStream(policy: AppliedPolicy, now: number): Stream {
  return {
    ...firstTurn(now, policy.closed),
    newest: 0,
    waiting: 0,
    waitingSince: null,
    first: 1,
    appended: 0,
    acknowledged: 0,
    delivered: null,
  };
}

function deliver(stream: Stream, event: QueuedEvent): Stream {
  const { content } = event;
  const acknowledged = acknowledge(stream, event);
  return content.topic === PROFILE_TOPIC
    ? { ...acknowledged, delivered: content.profile }
    : acknowledged;
}

function acknowledge(stream: Stream, { content }: QueuedEvent): Stream {
  if (content.topic !== PROFILE_TOPIC) return stream;
  return { ...stream, acknowledged: Math.max(stream.acknowledged, content.profile.sequence) };
}
