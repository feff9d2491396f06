// What adapters share in reading a CRM's answer, row by row or as a whole.
import * as v from "valibot";
import type { Answer, Item, Outcome, ResponseSummary } from "./adapter.ts";
import { describeAnswer } from "./classify.ts";

/** Bytes of an answer that are read where it tells of each profile. */
export const MAX_ROWS_BYTES = 1024 * 1024;
/** … and where it tells of the call as a whole. */
export const MAX_ANSWER_BYTES = 8 * 1024;

/** An answer's JSON; `null` when it is none, or not of this shape. */
export function readAnswer<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  { text }: Answer,
): v.InferOutput<TSchema> | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : null;
}

/** The same outcome for all items. */
export function forAll(items: readonly Item[], outcome: Outcome): Outcome[] {
  return items.map(() => outcome);
}

/**
 * An answer that does not say what became of a delivery: nothing proves that the CRM holds it, so it is
 * sent again. That does no harm, since every call writes the same under the same key.
 */
export function unclear({ status, text }: Answer): Outcome {
  const error = `${describeAnswer(status, text)} (the answer does not say what became of it)`;
  return { kind: "retry", status, error, afterMs: null };
}

/**
 * The outcomes of a call, row by row where the CRM took it; what it says otherwise, `whole`, is the same for
 * all. `readRows` gives `null` for an answer that it does not understand.
 */
export function outcomesOf(
  response: ResponseSummary,
  items: readonly Item[],
  whole: Outcome,
  readRows: (answer: Answer) => Outcome[] | null,
): Outcome[] {
  if (response.kind === "no_response" || whole.kind !== "delivered") return forAll(items, whole);
  return readRows(response) ?? forAll(items, unclear(response));
}

/** Somebody in the call was refused, and nothing says who: its halves will tell. */
export function refuseSomebody({ status, text }: Answer): Outcome {
  return { kind: "split", status, error: describeAnswer(status, text) };
}

/** Whom an error is about, by the index in the call, and its words; `null`: it does not say whom. */
export interface Blame {
  readonly index: number | null;
  readonly words: string;
}

/**
 * Each item's row, where a CRM names those that it refuses by their index and took all others, which is the
 * outcome `taken`. An error that names nobody may be anybody's: the others are sent again in halves.
 */
export function rowsByIndex(
  blames: readonly Blame[],
  answer: Answer,
  items: readonly Item[],
  taken: Outcome,
): Outcome[] {
  const blamed = new Map(blames.map(({ index, words }) => [index ?? -1, words]));
  const isClear = [...blamed.keys()].every((index) => items[index] !== undefined);
  return items.map((_, index) => {
    const words = blamed.get(index);
    if (words !== undefined) return refuseRow(answer, words);
    return isClear ? taken : refuseSomebody(answer);
  });
}

/** What a vendor says of one error in several words; those that are empty are left out. */
export function joinWords(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(": ");
}

/** A row's refusal, in the vendor's words. */
export function refuseRow({ status }: Answer, words: string): Outcome {
  return { kind: "rejected", status, error: describeAnswer(status, words) };
}

/**
 * The outcomes of a call in which nobody got through: those that were refused for fields that the CRM does not
 * have are nobody's fault but the account's, and everything waits until the fields are there. `verb` is what
 * the command for it does.
 */
export function unlessFieldsMiss(
  outcomes: readonly Outcome[],
  missing: RegExp,
  id: string,
  verb: "creates" | "names" = "creates",
): Outcome[] {
  const isNobodyThrough = outcomes.every(({ kind }) => kind === "rejected" || kind === "split");
  return outcomes.map((outcome) => {
    const isMissing = isNobodyThrough && "error" in outcome && missing.test(outcome.error);
    return isMissing ? missesFields(outcome, id, verb) : outcome;
  });
}

/** A row that may go better later. */
export function retryRow({ status }: Answer, words: string): Outcome {
  return { kind: "retry", status, error: describeAnswer(status, words), afterMs: null };
}

/**
 * Fields that the CRM lacks are nobody's fault but the account's: everything waits until they are there.
 * `verb` says what the command for it does.
 */
export function missesFields(
  outcome: Outcome,
  id: string,
  verb: "creates" | "names" = "creates",
): Outcome {
  if (!("error" in outcome) || outcome.status === null) return outcome;
  const { status, error } = outcome;
  const reason = `fields are missing, npm run crm:setup -- ${id} ${verb} them: ${error}`;
  return { kind: "held", status, reason };
}
