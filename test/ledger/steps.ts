// What can happen to a partition, and random schedules of it.
import fc from "fast-check";

/** What a CRM does with a call. `applied, no answer`: it holds the profile, the relay does not know. */
export type Answer =
  | "ok"
  /** It took it, and writes it later, as one of many. */
  | "into a job"
  | "error"
  | "applied, no answer"
  | "busy"
  | "refused"
  | "held"
  | "untried";

/**
 * One thing that happens. `pick` chooses among what is under way, modulo its number. `work` is the
 * usual way: the alarm's time comes, it rings, a consumer claims; `finish` is an attempt, settled; a
 * `round` is both, for all that is under way.
 */
export type Step =
  | {
      readonly do: "record";
      readonly customer: string;
      readonly minute: number;
      readonly points: number;
    }
  | { readonly do: "notify"; readonly customer: string; readonly minute: number }
  | { readonly do: "erase"; readonly customer: string }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "alarm" | "doorbell lost" | "doorbell doubled" | "memory lost" }
  | { readonly do: "consume" | "work"; readonly limit: number }
  | { readonly do: "attempt" | "finish"; readonly pick: number; readonly answer: Answer }
  | { readonly do: "round"; readonly answer: Answer }
  | { readonly do: "settle" | "consumer dies"; readonly pick: number }
  /** The gate closes for so long, or until it is opened; whoever opens it may fail to tell the ledger. */
  | { readonly do: "close gate"; readonly destination: string; readonly ms: number }
  | { readonly do: "pause" | "open gate" | "open gate, untold"; readonly destination: string }
  /** What becomes of the latest job, or of one before it. */
  | {
      readonly do: "job refuses";
      readonly destination: string;
      readonly customer: string;
      readonly back: number;
    }
  | { readonly do: "job lost"; readonly destination: string; readonly back: number }
  | { readonly do: "replay"; readonly destination: string; readonly customer: string | null }
  | { readonly do: "resync"; readonly destination: string | null; readonly customer: string }
  | { readonly do: "backfill"; readonly destination: string; readonly all: boolean }
  | { readonly do: "remove" | "add" | "replace"; readonly destination: string };

const pick = fc.nat(5);
/** How many jobs before the latest one. */
const back = fc.constantFrom(0, 0, 0, 1, 2);
const customer = fc.constantFrom("ann", "bob");
const destination = fc.constantFrom("all", "tier", "every");
/** One minute more often than others: events of one instant are to meet. */
const minute = fc.oneof(fc.integer({ min: -3, max: 8 }), fc.constant(4));
const points = fc.integer({ min: 1, max: 4 });
const limit = fc.constantFrom(1, 2, 100);
const answer = fc.constantFrom(
  "ok",
  "into a job",
  "error",
  "applied, no answer",
  "busy",
  "refused",
  "held",
  "untried",
) satisfies fc.Arbitrary<Answer>;

/** Of a whole round most go well, or nothing ever gets far. */
const roundAnswer = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("ok", "into a job") },
  { weight: 5, arbitrary: answer },
);

/** A step of one kind; its fields are what the arbitraries give. */
function step(
  kinds: readonly Step["do"][],
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {},
): fc.Arbitrary<Step> {
  return fc.record({
    do: fc.constantFrom(...kinds),
    ...fields,
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<Step>;
}

const steps: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
  [6, step(["record"], { customer, minute, points })],
  [2, step(["notify"], { customer, minute })],
  [8, step(["work"], { limit })],
  [8, step(["finish"], { pick, answer })],
  [6, step(["round"], { answer: roundAnswer })],
  [3, step(["attempt"], { pick, answer })],
  [3, step(["settle"], { pick })],
  [2, step(["consume"], { limit })],
  [2, step(["alarm"])],
  [3, step(["wait"], { ms: fc.constantFrom(1, 500, 1_000, 5_000) })],
  [2, step(["wait"], { ms: fc.constantFrom(31_000, 61_000, 3_600_000) })],
  [1, step(["wait"], { ms: fc.constantFrom(90_000_000, 300_000_000) })],
  [1, step(["erase"], { customer })],
  [1, step(["consumer dies"], { pick })],
  [2, step(["memory lost", "doorbell lost", "doorbell doubled"])],
  [2, step(["close gate"], { destination, ms: fc.constantFrom(5_000, 30_000, 900_000) })],
  [3, step(["pause", "open gate", "open gate, untold"], { destination })],
  [4, step(["job refuses"], { destination, customer, back })],
  [1, step(["job lost"], { destination, back })],
  [1, step(["replay"], { destination, customer: fc.option(customer) })],
  [1, step(["resync"], { destination: fc.option(destination), customer })],
  [1, step(["backfill"], { destination, all: fc.boolean() })],
  [1, step(["remove", "add", "replace"], { destination })],
];

/** Schedules of up to 80 steps; without `size` fast-check keeps them short. */
export const schedules = fc.array(
  fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  { minLength: 1, maxLength: 80, size: "max" },
);
