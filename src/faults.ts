// Turns valibot's issues into faults that name a place and what was expected there, never what was found.
import type * as v from "valibot";

/** One thing that is wrong, and where: `pointer` is a JSON Pointer (RFC 6901). */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}

/**
 * Every issue as a fault. Valibot's own messages quote the received value, which may be a secret or
 * personal data, so they are replaced unless the schema gave a message of its own.
 */
export function faultsOf(issues: readonly v.BaseIssue<unknown>[], prefix = ""): Fault[] {
  return issues.map((issue) => ({
    pointer: prefix + pointerOf((issue.path ?? []).map((item) => item.key)),
    detail: describe(issue),
  }));
}

/** A JSON Pointer to a path of keys (RFC 6901 §3). */
export function pointerOf(path: readonly unknown[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function describe(issue: v.BaseIssue<unknown>): string {
  const quotesReceived = issue.message.includes(`eceived ${issue.received}`);
  if (!quotesReceived) return issue.message;
  if (issue.expected === "never") return "is not a known setting";
  if (issue.received === "undefined") return "is missing";
  return issue.expected === null ? "is not valid" : `must be ${issue.expected}`;
}
