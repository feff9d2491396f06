// Turns valibot's issues into faults that name a place and what was expected there, never what was found.
import * as v from "valibot";

/** One thing that is wrong, and where: `pointer` is a JSON Pointer (RFC 6901). */
export const faultSchema = v.strictObject({
  pointer: v.pipe(v.string(), v.description("A JSON Pointer (RFC 6901).")),
  detail: v.string(),
});
export type Fault = Readonly<v.InferOutput<typeof faultSchema>>;

/**
 * Every issue as a fault. Valibot's own messages quote the received value, which may be a secret or
 * personal data, so they are replaced unless the schema gave a message of its own.
 */
export function faultsOf(issues: readonly v.BaseIssue<unknown>[]): Fault[] {
  return issues.map((issue) => {
    const path = (issue.path ?? []).map((item) => String(item.key));
    const shown = path.slice(0, namesIn(path));
    const pointer = shown.map((key) => `/${key}`).join("");
    return { pointer, detail: describe(issue, shown.length === path.length) };
  });
}

/**
 * Indexes, and words as settings and fields have them. A pointer ends before any other key: it may be
 * a secret that was pasted where its name belongs.
 */
const NAME =
  /^(?:\d{1,4}|(?:[A-Z]?[a-z]{1,16}|[A-Z]{1,16})(?:[-_](?:[A-Z]?[a-z]{1,16}|[A-Z]{1,16}))*)$/;

function namesIn(path: readonly string[]): number {
  const other = path.findIndex((key) => !NAME.test(key));
  return other === -1 ? path.length : other;
}

function describe(issue: v.BaseIssue<unknown>, isExact: boolean): string {
  const quotesReceived = issue.message.includes(`eceived ${issue.received}`);
  if (!quotesReceived) return issue.message;
  if (issue.expected === "never") {
    return isExact ? "is not a known setting" : "holds a setting that is not known";
  }
  if (issue.received === "undefined") return "is missing";
  return issue.expected === null ? "is not valid" : `must be ${issue.expected}`;
}
