// What the dashboard says in plain words of how things stand. Pure.
import type { DestinationView } from "../api/destination-view.ts";
import type { GateCondition } from "../gate/view.ts";
import type { TimelineEntry } from "../ledger/profiles/state.ts";
import type { DeliveryState } from "../ledger/view.ts";

/** How urgent something is: nothing to do, under way, to be looked at, broken. */
export type Tone = "good" | "busy" | "warning" | "bad";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const UNITS = [
  { ms: DAY_MS, name: "day" },
  { ms: HOUR_MS, name: "hour" },
  { ms: MINUTE_MS, name: "minute" },
  { ms: SECOND_MS, name: "second" },
];

/** A number as people write it: `12,345`. */
export function number(value: number): string {
  return value.toLocaleString("en");
}

/** `1 customer`, `12,345 customers`. */
export function counted(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : nouns}`;
}

/** A span of time in its largest unit: `3 minutes`; less than a second is `a moment`. */
export function span(ms: number): string {
  const unit = UNITS.find((one) => ms >= one.ms);
  return unit === undefined ? "a moment" : counted(Math.floor(ms / unit.ms), unit.name);
}

/** How long ago a time was (RFC 3339): `3 minutes ago`. */
export function ago(time: string, now: number): string {
  return `${span(now - Date.parse(time))} ago`;
}

/** How long until a time (RFC 3339): `in 3 minutes`, or `now` when it is past. */
export function until(time: string, now: number): string {
  const ms = Date.parse(time) - now;
  return ms <= 0 ? "now" : `in ${span(ms)}`;
}

/** Milliseconds as people read them: `85 ms`, `1.2 s`. */
export function duration(ms: number): string {
  return ms < SECOND_MS ? `${ms} ms` : `${(ms / SECOND_MS).toFixed(1)} s`;
}

/** A share (0 to 1) in per cent; what is not all is never shown as 100 %. */
export function percent(share: number): string {
  const percents = share === 1 ? 100 : Math.min(share * 100, 99.9);
  return `${Number(percents.toFixed(1))} %`;
}

/** A state in one or two words, and its tone. */
export interface Label {
  readonly word: string;
  readonly tone: Tone;
}

const CONDITIONS: Readonly<Record<Exclude<GateCondition, "open">, Label>> = {
  paused: { word: "Paused", tone: "warning" },
  held: { word: "Held", tone: "bad" },
  breaker_open: { word: "Failing", tone: "bad" },
};

/** How a destination stands. */
export function labelOf(view: DestinationView): Label {
  if (view.state !== "open") return CONDITIONS[view.state];
  if (view.customers_behind > 0) return { word: "Catching up", tone: "busy" };
  if (view.customers_dead > 0) return { word: "Dead letters", tone: "warning" };
  return { word: "In step", tone: "good" };
}

/** Why a destination stands as it does, since when, and what comes next: a few sentences. */
export function explain(view: DestinationView, now: number): string {
  return [...gateSentences(view, now), ...crowdSentences(view, now)].join(" ");
}

function gateSentences({ state, reason, since, next_attempt_at }: DestinationView, now: number) {
  const next =
    next_attempt_at === null ? [] : [`It is tried again ${until(next_attempt_at, now)}.`];
  const lasting = since === null ? "" : ` for ${span(now - Date.parse(since))}`;
  switch (state) {
    case "paused":
      return [`Paused by an operator${lasting}.`];
    case "held":
      return [
        `It has turned everything away${lasting}: ${reason ?? "no reason is known"}.`,
        ...next,
      ];
    case "breaker_open":
      return [`It has been failing${lasting}: ${reason ?? "no reason is known"}.`, ...next];
    case "open":
      return reason === null ? [] : [`Open, but ${reason}.`, ...next];
  }
}

function crowdSentences(view: DestinationView, now: number): string[] {
  const { customers_behind, behind_since, customers_dead, dead_letters } = view;
  const sentences: string[] = [];
  if (customers_behind > 0) {
    const longest =
      behind_since === null ? "" : `, the longest for ${span(now - Date.parse(behind_since))}`;
    const verb = customers_behind === 1 ? "is" : "are";
    sentences.push(`${counted(customers_behind, "customer")} ${verb} behind${longest}.`);
  } else {
    const others = customers_dead > 0 ? "Everybody else is" : "Every customer is";
    sentences.push(`${others} in step.`);
  }
  if (customers_dead > 0) {
    const letters = counted(dead_letters, "dead letter");
    const verb = customers_dead === 1 ? "has" : "have";
    sentences.push(`${counted(customers_dead, "customer")} ${verb} ${letters}.`);
  }
  return sentences;
}

/**
 * Whether everything is in step, in one sentence. `unreached` is how many destinations do not answer,
 * `behindLookups` how many customers the lookup store is behind with.
 */
export function headline(
  views: readonly DestinationView[],
  unreached: number,
  behindLookups: number,
): Label {
  const all = views.length + unreached;
  const labels = views.map(labelOf);
  const say = (count: number, what: string, tone: Tone): Label => {
    const are = count === 1 ? "is" : "are";
    return { word: `${count} of ${counted(all, "destination")} ${are} ${what}.`, tone };
  };
  const count = (tone: Tone): number => labels.filter((label) => label.tone === tone).length;
  if (count("bad") > 0) return say(count("bad"), "failing", "bad");
  if (unreached > 0) return say(unreached, "out of reach", "bad");
  if (count("busy") > 0) return say(count("busy"), "catching up", "busy");
  if (behindLookups > 0) return { word: "The lookup store is catching up.", tone: "busy" };
  if (count("warning") > 0) return say(count("warning"), "waiting for you", "warning");
  if (all === 0) return { word: "No CRM is configured yet.", tone: "warning" };
  return { word: "Everything is in step.", tone: "good" };
}

const DELIVERY_STATES: Readonly<Record<DeliveryState, Label>> = {
  synced: { word: "In step", tone: "good" },
  pending: { word: "Pending", tone: "busy" },
  in_flight: { word: "On its way", tone: "busy" },
  held: { word: "Held", tone: "warning" },
  dead: { word: "Dead letter", tone: "bad" },
};

/** How one delivery stands. */
export function labelOfDelivery(state: DeliveryState): Label {
  return DELIVERY_STATES[state];
}

const TIMELINE: Readonly<Record<TimelineEntry["event"], string>> = {
  recorded: "accepted from Gameball",
  delivered: "delivered",
  accepted: "taken, to be written later",
  unchanged: "no call: nothing that it asks for changed",
  failed: "an attempt failed",
  held: "held back until it may be called again",
  lease_lost: "a consumer was lost: to be tried again",
  dead_lettered: "given up on",
  replayed: "replayed by an operator",
  resynced: "to be sent again, as an operator asked",
  backfilled: "backfilled",
  erased: "forgotten",
};

/** What happened, in words. */
export function wordFor(event: TimelineEntry["event"]): string {
  return TIMELINE[event];
}

/** A value of a profile as people read it. */
export function valueWord(of: unknown): string {
  if (of === null || of === undefined) return "–";
  return typeof of === "string" ? of : JSON.stringify(of);
}

/** The name of a field, by its path: `tier.name` is `Tier name`. */
export function fieldName(path: string): string {
  const words = path.replaceAll(/[._]/g, " ").replace(/^gb /, "Gameball ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
