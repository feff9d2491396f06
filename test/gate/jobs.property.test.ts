// What holds for a destination's job, however often it is asked for, and whatever it says.
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  acceptJob,
  isLost,
  isSettled,
  isStuck,
  type Job,
  jobSchema,
  keepJob,
  lendJob,
} from "../../src/gate/jobs.ts";

const RUNS = { numRuns: 2_000 };
const START = 1_000_000;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** How long a job is left alone after so many questions that brought nothing new; the last goes on. */
const WAITS_S: readonly number[] = [10, 20, 40, 80, 160, 320, 600];

/** A consumer takes the job, and says what came of that, or dies. */
const turn = fc.record({
  lateMs: fc.integer({ min: 0, max: 10 * MINUTE_MS }),
  answer: fc.constantFrom("nothing new", "page 1", "page 2", "page 3", "died"),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

/** Each state of a job, and when it came about. */
function live(turns: readonly Turn[]): readonly { readonly job: Job; readonly now: number }[] {
  const moments = [{ job: acceptJob("job-7", START), now: START }];
  for (const { lateMs, answer } of turns) {
    const { job } = moments.at(-1) ?? { job: acceptJob("job-7", START) };
    const now = job.askAt + lateMs;
    const lent = lendJob(job, now);
    moments.push({ job: lent, now });
    if (answer === "died") continue;
    const next = answer === "nothing new" ? null : answer;
    moments.push({ job: keepJob(lent, next, now + SECOND_MS), now: now + SECOND_MS });
  }
  return moments;
}

const lives = fc.array(turn, { maxLength: 12 });
/** How long after it was accepted: close to a limit on both sides, or anywhere. */
const ageMs = fc.oneof(
  ...[MINUTE_MS, DAY_MS].map((limit) => fc.integer({ min: limit - 1, max: limit + 1 })),
  fc.integer({ min: 0, max: 2 * DAY_MS }),
);

describe("a job", () => {
  it("is asked for as often as it is to be, goes on where it was, and is the same job to its end", () => {
    fc.assert(
      fc.property(lives, (turns) => {
        const waits = [10 * SECOND_MS];
        const pages: (string | null)[] = [null];
        const asked = [0];
        for (const [index, { answer }] of turns.entries()) {
          const page = pages.at(-1) ?? null;
          waits.push(MINUTE_MS);
          pages.push(page);
          asked.push(index + 1);
          if (answer === "died") continue;
          const next = answer === "nothing new" ? null : answer;
          const isNews = next !== null && next !== page;
          waits.push((isNews ? 10 : (WAITS_S[index + 1] ?? 600)) * SECOND_MS);
          pages.push(next);
          asked.push(index + 1);
        }
        const moments = live(turns);
        expect(moments.map(({ job, now }) => job.askAt - now)).toEqual(waits);
        expect(moments.map(({ job }) => job.next)).toEqual(pages);
        expect(moments.map(({ job }) => job.asked)).toEqual(asked);
        for (const { job } of moments)
          expect(job).toMatchObject({ id: "job-7", acceptedAt: START });
      }),
      RUNS,
    );
  });

  it("is settled after a minute, lost if it is then not known three times, and stuck after a day", () => {
    fc.assert(
      fc.property(lives, ageMs, (turns, age) => {
        for (const { job } of live(turns)) {
          const now = START + age;
          expect([isSettled(job, now), isLost(job, now), isStuck(job, now)]).toEqual([
            age > MINUTE_MS,
            age > MINUTE_MS && job.asked > 2,
            age > DAY_MS,
          ]);
        }
      }),
      RUNS,
    );
  });

  it("can be stored, and read again", () => {
    fc.assert(
      fc.property(lives, (turns) => {
        for (const { job } of live(turns)) expect(v.parse(jobSchema, job)).toEqual(job);
      }),
      RUNS,
    );
  });
});
