// A gate's life: whoever asks, reports, pauses and resumes in whatever order, and whoever dies.
import fc from "fast-check";
import type { CallReport } from "../../src/gate/call.ts";
import type { Rate } from "../../src/destinations/destination.ts";
import {
  admit,
  type Admission,
  FRESH,
  type GateState,
  opensAt,
  pause,
  report,
  resume,
} from "../../src/gate/rules.ts";
import { answered, busy, failed, refused, times } from "../support/gate.ts";

const MINUTE_MS = 60_000;
/** The longest wait between two probes, and the time after which one is taken for lost. */
export const LONGEST_MS = 15 * MINUTE_MS + MINUTE_MS;

/** A call that was under way ends. Those that nobody knows of are from before this life began. */
interface Ending {
  /** `null`: its consumer died, and nobody ever hears of it. */
  readonly call: CallReport | null;
  /** It is the one that was let through last, or else the one that is under way for the longest. */
  readonly isNewest: boolean;
}

/** One thing that happens. */
export type Step =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "wait until it opens"; readonly earlyMs: 0 | 1 }
  | { readonly do: "ask"; readonly wanted: number }
  | { readonly do: "end"; readonly endings: readonly Ending[] }
  | { readonly do: "pause" | "resume" };

/** A destination's rate, and what happens to its gate. */
export interface Life {
  readonly rate: Rate;
  readonly steps: readonly Step[];
}

/** One step, with the gate before and after it. */
export interface Moment {
  readonly step: Step;
  readonly now: number;
  readonly before: GateState;
  readonly after: GateState;
  /** What whoever asked was told; `null` where nobody asked. */
  readonly admission: Admission | null;
  /** The calls that were reported together, in the order in which they ended. */
  readonly heard: readonly CallReport[];
}

const long = "The service is down for maintenance. ".repeat(20);
/** A CRM's wish is honoured up to a day. */
const waitMs = fc.oneof(
  fc.constantFrom(1, MINUTE_MS, 24 * 60 * MINUTE_MS),
  fc.integer({ min: 1, max: 5 * MINUTE_MS }),
);
const call = fc.oneof(
  { weight: 6, arbitrary: fc.constant(failed) },
  { weight: 1, arbitrary: fc.constant({ ...failed, error: long }) },
  { weight: 4, arbitrary: fc.constant(answered) },
  { weight: 1, arbitrary: fc.constant(refused) },
  { weight: 1, arbitrary: waitMs.map((ms) => ({ ...refused, waitMs: ms })) },
  { weight: 1, arbitrary: waitMs.map(busy) },
  { weight: 1, arbitrary: fc.constant(null) },
);
const ending = fc.record({
  call,
  isNewest: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
});
/** The same several times over. */
const alike = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> =>
  fc.tuple(fc.integer({ min: 2, max: 7 }), one).map(([count, item]) => times(count, item));
/** About every second call of a crowd fails. */
const unsteady = fc
  .array(fc.constantFrom(failed, answered), { minLength: 15, maxLength: 40 })
  .map((calls) => calls.map((one) => ({ call: one, isNewest: true })));
const endings = fc.oneof(
  { weight: 3, arbitrary: ending.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(ending, { minLength: 2, maxLength: 12 }) },
  { weight: 1, arbitrary: alike(ending) },
  { weight: 1, arbitrary: unsteady },
);
const pauseMs = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: LONGEST_MS }));

const ask = fc.record({ do: fc.constant("ask"), wanted: fc.integer({ min: 1, max: 8 }) });
const end = fc.record({ do: fc.constant("end"), endings });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: ask },
  { weight: 3, arbitrary: end },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: pauseMs }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("pause", "resume", "resume") }) },
);
/** Somebody asks as soon as it opens, or a moment before, and the call ends. */
const round: fc.Arbitrary<readonly Step[]> = fc
  .record({ earlyMs: fc.constantFrom(0, 0, 0, 1), ask, ending })
  .map(({ earlyMs, ask: asked, ending: one }) => [
    { do: "wait until it opens", earlyMs },
    asked,
    { do: "end", endings: [one] },
  ]);
const steps = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: step.map((one) => [one]) },
      { weight: 2, arbitrary: round },
      // Nothing gets better for long.
      { weight: 1, arbitrary: alike(round).map((rounds) => rounds.flat()) },
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.flat());

/** Lives of all sorts. With each of the rates the time from one request to the next is in whole ms. */
export const lives: fc.Arbitrary<Life> = fc.record({
  rate: fc.constantFrom(
    { limit: 5, perSeconds: 1 },
    { limit: 3, perSeconds: 60 },
    { limit: 1, perSeconds: 120 },
  ),
  steps,
});

/** Lives through it. */
export function live(life: Life): {
  readonly moments: readonly Moment[];
  readonly state: GateState;
  readonly now: number;
} {
  const moments: Moment[] = [];
  const underWay: boolean[] = [];
  let state = FRESH;
  let now = 1_000_000;

  const hearOf = ({ call: ended, isNewest }: Ending): readonly CallReport[] => {
    const isProbe = (isNewest ? underWay.pop() : underWay.shift()) ?? false;
    return ended === null ? [] : [{ ...ended, isProbe }];
  };

  for (const next of life.steps) {
    const before = state;
    let admission: Admission | null = null;
    let heard: readonly CallReport[] = [];
    switch (next.do) {
      case "wait":
        now += next.ms;
        break;
      case "wait until it opens":
        now = Math.max(now, opensAt(state.latch) - next.earlyMs);
        break;
      case "ask":
        ({ state, admission } = admit(state, next.wanted, life.rate, now));
        underWay.push(...times(admission.granted, admission.isProbe));
        break;
      case "end":
        heard = next.endings.flatMap(hearOf);
        state = report(state, heard, now);
        break;
      case "pause":
        state = pause(state, now);
        break;
      case "resume":
        state = resume(state);
        break;
    }
    moments.push({ step: next, now, before, after: state, admission, heard });
  }
  return { moments, state, now };
}
