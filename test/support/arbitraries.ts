// Random values of the domain, for property tests.
import fc from "fast-check";

const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const word = fc.string({ unit: "binary", minLength: 1, maxLength: 20 }).filter(isPlain);
const number = fc.integer({ min: -1_000_000, max: 1_000_000 });

/** What profiles of different customers say: values of every kind, and gaps. */
export const profileChanges = fc.array(
  fc.record({
    tier: fc.record({ name: nullable(word), order: nullable(number) }),
    points: fc.record({
      activated: nullable(number),
      pending: nullable(number),
      total: nullable(fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0)),
    }),
    referral: fc.record({ code: nullable(word), link: nullable(word) }),
  }),
  { minLength: 1, maxLength: 120, size: "max" },
);

/** Text that survives trimming: CRMs take blanks at the ends away. */
function isPlain(text: string): boolean {
  return text.trim() === text && text.isWellFormed() && text !== "";
}
