// What a judge is handed, and how it answers.
import * as v from "valibot";

/** Exit codes of a judge. Any other means that it could not judge. */
export const UNNOTICED = 0;
export const NOTICED = 10;

const number = v.pipe(v.number(), v.integer());

const caseSchema = v.strictObject({
  /** The folder of package.json; other paths are from there. */
  root: v.string(),
  file: v.string(),
  /** `null`: nothing is broken, and no test may fail. */
  edit: v.nullable(v.strictObject({ start: number, end: number, text: v.string() })),
  tests: v.array(v.string()),
  /** Of what is random in the tests. */
  seed: number,
});
export type Case = v.InferOutput<typeof caseSchema>;

/** Reads a case from a judge's argument. */
export function readCase(argument: string | undefined): Case {
  return v.parse(v.pipe(v.string(), v.parseJson(), caseSchema), argument);
}
