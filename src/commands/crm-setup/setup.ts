// What setting up a CRM means: for each vendor a pure part, that says what to ask and what the answers mean.
import type { Answer, RequestSpec } from "../../destinations/adapter.ts";
import type { CrmDestination } from "../../destinations/format.ts";
import { USER_AGENT } from "../../version.ts";

/** What was found out about one field, or about the account. */
export interface Finding {
  /**
   * `missing` is what the plan's writes create, `left` what only a person can do; a `note` asks for
   * nothing.
   */
  readonly state: "in place" | "missing" | "left" | "note";
  readonly text: string;
}

/** A call that creates something. */
export interface Write {
  readonly spec: RequestSpec;
  /** What an answer of 2xx nevertheless refuses, in the vendor's words. */
  readonly refusals: (answer: Answer) => readonly string[];
}

/** How a CRM stands, and the calls that create what is missing. */
export interface Plan {
  readonly findings: readonly Finding[];
  readonly writes: readonly Write[];
}

/** The part of one vendor. Pure. */
export interface CrmSetup {
  /** What the credentials must allow. */
  readonly needs: string;
  /** The harmless call: it proves the credentials, and reads what is there. */
  look(destination: CrmDestination): RequestSpec;
  /** What an answer of 2xx says; `null` when it says nothing. */
  plan(answer: Answer, destination: CrmDestination): Plan | null;
}

/**
 * An address of the vendor's API, wherever in it `url` leads, since that may be the one that deliveries go
 * to: all of its paths begin with the same word, such as `/crm/`.
 */
export function apiAddress(url: string, path: string): string {
  const { origin, pathname } = new URL(url);
  const [, word = ""] = path.split("/");
  const at = `${pathname}/`.indexOf(`/${word}/`);
  const base = at === -1 ? pathname.replace(/\/+$/, "") : pathname.slice(0, at);
  return origin + base + path;
}

/** The headers of a call that reads JSON. */
export function readingHeaders({ headers }: CrmDestination): Record<string, string> {
  return { accept: "application/json", "user-agent": USER_AGENT, ...headers };
}
