// One question to a deployed relay, and how its answer is read.
import * as v from "valibot";

/** An answer, read to its end, and what the clocks said meanwhile. */
export interface RelayAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The middle of the time that the question took, on this machine (ms of Unix time). */
  readonly at: number;
}

/** Why there is no answer. */
export interface NoAnswer {
  readonly kind: "none";
  readonly reason: string;
}

/** Asks a relay. Never throws. */
export type Ask = (path: string, init?: RequestInit) => Promise<RelayAnswer | NoAnswer>;

/** Longer than the relay waits for its slowest destination in a test. */
const TIMEOUT_MS = 40_000;
const MAX_SHOWN = 200;

/** Asks the relay at an origin. Redirects are shown and not followed, since they would take tokens along. */
export function asker(origin: string, fetcher: typeof fetch, now: () => number): Ask {
  return async (path, init = {}) => {
    const before = now();
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetcher(origin + path, { ...init, redirect: "manual", signal });
      const text = await response.text();
      const at = (before + now()) / 2;
      return { kind: "answer", status: response.status, headers: response.headers, text, at };
    } catch (error) {
      return { kind: "none", reason: reasonOf(error) };
    }
  };
}

/** Node says why a connection failed in the cause of its error alone. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}

/** The JSON of an answer, if it has this shape. */
export function readJson<const TSchema extends v.GenericSchema>(
  schema: TSchema,
  { text }: RelayAnswer,
): v.InferOutput<TSchema> | null {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : null;
}

const problemSchema = v.looseObject({ title: v.string(), detail: v.fallback(v.string(), "") });

/** What an answer says, in a line. Words of a CRM may be in it, so nothing that moves a terminal's cursor is. */
export function describe(answer: RelayAnswer | NoAnswer): string {
  if (answer.kind === "none") return `no answer: ${plain(answer.reason)}`;
  const problem = readJson(problemSchema, answer);
  if (problem === null) return `HTTP ${answer.status}`;
  return plain(`HTTP ${answer.status}, ${problem.title}: ${problem.detail}`);
}

/** A text that came from outside, fit for a terminal. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").slice(0, MAX_SHOWN);
}
