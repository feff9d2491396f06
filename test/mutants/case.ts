// What a judge is asked, and what it answers.
import * as v from "valibot";

const number = v.pipe(v.number(), v.integer());

const caseSchema = v.strictObject({
  file: v.string(),
  /** `null`: nothing is broken, and no test may fail. */
  edit: v.nullable(v.strictObject({ start: number, end: number, text: v.string() })),
  /** Paths from the root, as all of them. */
  tests: v.array(v.string()),
});
export type Case = v.InferOutput<typeof caseSchema>;

/** Reads a case that a judge was sent. */
export function readCase(message: unknown): Case {
  return v.parse(caseSchema, message);
}

/** The test that failed first, or why not even the tests could be loaded; `null` when nobody noticed. */
const answerSchema = v.strictObject({ failure: v.nullable(v.string()) });
export type Answer = v.InferOutput<typeof answerSchema>;

/** Reads what a judge answered. */
export function readAnswer(message: unknown): Answer {
  return v.parse(answerSchema, message);
}
