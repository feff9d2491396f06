// What an operator is alerted to, held against what one expects to hear in any life of a gate.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/alerts/alert.ts";
import {
  tellBacklog,
  tellDeadLetter,
  tellTransition,
  type Told,
  UNTOLD,
} from "../../src/gate/alerts.ts";
import { opensAt } from "../../src/gate/rules.ts";
import { live, lives, type Moment } from "./gate-life.ts";

const RUNS = { numRuns: 1_000 };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ABOUT = { destination: "acme-crm" };
const WORDS = { breaker_open: "breaker_opened", held: "held" } as const;

/** What an operator was told before: of each matter apart from the others. */
const before: fc.Arbitrary<Told> = fc.record({
  troubleSince: fc.constantFrom(null, 900_000),
  deadLetterAt: fc.constantFrom(null, 950_000),
  backlog: fc.boolean(),
});
/** Times that lie close to a limit on both sides, or anywhere. */
const near = (limitMs: number) =>
  fc.oneof(
    fc.integer({ min: limitMs - 1, max: limitMs + 1 }),
    fc.integer({ min: 0, max: 3 * limitMs }),
  );

/** What one expects to hear of a report when the last news was so. */
function newsOf({ now, before: was, after, heard }: Moment, troubleSince: number | null) {
  const [old, closure] = [was.latch.breaker.closure, after.latch.breaker.closure];
  const about = { ...ABOUT, at: now };
  if (closure !== null && closure.kind === old?.kind) return null;
  if (closure !== null) {
    const { kind, reason } = closure;
    const nextAttemptAt = opensAt(after.latch);
    return { ...about, kind: WORDS[kind], reason, nextAttemptAt } satisfies Alert;
  }
  const answers = heard.filter(({ verdict }) => verdict === "answered");
  if (answers.length === 0 || troubleSince === null) return null;
  return { ...about, kind: "recovered", since: troubleSince } satisfies Alert;
}

describe("an alert", () => {
  it("is sent for each turn to the worse, and once when all is well again", () => {
    fc.assert(
      fc.property(before, lives, (known, life) => {
        let told = known;
        for (const moment of live(life).moments.filter(({ step }) => step.do === "end")) {
          const { now, before: was, after, heard } = moment;
          const about = { ...ABOUT, at: now, calls: heard };
          const next = tellTransition(told, was.latch, after.latch, about);
          const news = newsOf(moment, told.troubleSince);
          expect(next.alert).toEqual(news);
          const inTrouble = after.latch.breaker.closure?.since ?? null;
          const expected = news === null ? told : { ...told, troubleSince: inTrouble };
          expect(next.told).toEqual(expected);
          expect(next.told === told).toBe(news === null);
          told = next.told;
        }
      }),
      RUNS,
    );
  });

  it("is sent for a dead letter where none was within the hour", () => {
    const pauses = fc.array(near(HOUR_MS), { maxLength: 20 });
    fc.assert(
      fc.property(before, pauses, (known, waits) => {
        let told: Told = { ...known, deadLetterAt: UNTOLD.deadLetterAt };
        let now = 1_000_000;
        const sentAt: number[] = [];
        for (const wait of waits) {
          now += wait;
          const isExpected = sentAt.every((at) => now - at >= HOUR_MS);
          const next = tellDeadLetter(told, now);
          expect(next === told).toBe(!isExpected);
          if (isExpected) sentAt.push(now);
          told = next;
          expect(told).toEqual({ ...known, deadLetterAt: sentAt.at(-1) });
        }
      }),
      RUNS,
    );
  });

  it("is sent for a backlog of more than 15 minutes, and not again before there was none", () => {
    const ages = fc.array(fc.option(near(15 * MINUTE_MS)), { maxLength: 20 });
    fc.assert(
      fc.property(before, ages, (known, seen) => {
        let told: Told = { ...known, backlog: UNTOLD.backlog };
        let wasLate = false;
        let now = 10_000_000;
        for (const age of seen) {
          now += MINUTE_MS;
          const isLate = (age ?? 0) > 15 * MINUTE_MS;
          const next = tellBacklog(told, age === null ? null : now - age, now);
          expect(next === told).toBe(isLate === wasLate);
          expect(next).toEqual({ ...known, backlog: isLate });
          told = next;
          wasLate = isLate;
        }
      }),
      RUNS,
    );
  });
});
