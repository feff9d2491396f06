// What benchmarks come to, as `--json` writes it: each number of each round.
import * as v from "valibot";

/** What one contender reached in one round, by name and unit. */
export type Numbers = Readonly<Record<string, number>>;

const measurementSchema = v.strictObject({
  benchmark: v.string(),
  load: v.string(),
  contender: v.string(),
  /** One for each round; `null` where it was not reached. */
  rounds: v.record(v.string(), v.array(v.nullable(v.number()))),
});
/** The rounds of one contender under one load. */
export type Measurement = v.InferOutput<typeof measurementSchema>;

const machineSchema = v.strictObject({
  cpu: v.string(),
  cores: v.number(),
  memory_gib: v.number(),
  system: v.string(),
  state: v.string(),
  versions: v.record(v.string(), v.string()),
});
/** On what was measured. */
export type Machine = v.InferOutput<typeof machineSchema>;

export const resultsSchema = v.strictObject({
  measured_at: v.pipe(v.string(), v.isoTimestamp()),
  machine: machineSchema,
  commit: v.string(),
  command: v.string(),
  /** Contenders by name: on what each runs, or why it was not measured. */
  contenders: v.record(v.string(), v.string()),
  measurements: v.array(measurementSchema),
});
/** A whole run. */
export type Results = v.InferOutput<typeof resultsSchema>;

/** What a benchmark came to. */
export interface Outcome {
  /** Whether no update was lost or went back, and none used more than it may. */
  readonly isWell: boolean;
  readonly measurements: readonly Measurement[];
}
