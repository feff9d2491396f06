// What a benchmark tells the process of its CRMs, and what that answers: one answer to each command.

/** How a CRM meets those who call. */
export type Manner =
  | { readonly kind: "acknowledges"; readonly afterMs: number }
  | { readonly kind: "fails" }
  | { readonly kind: "hangs" };

/** Customers, and the `occurred_at` of the newest update of each. */
export type Newest = ReadonlyMap<string, string>;

/** What a benchmark asks for. */
export type Command =
  /** From now on all counts are from zero, and these updates are waited for. */
  | { readonly kind: "begin"; readonly expected: Newest }
  /** These are waited for instead; the counts go on. */
  | { readonly kind: "expect"; readonly expected: Newest }
  | { readonly kind: "behave"; readonly crm: number; readonly manner: Manner }
  | { readonly kind: "tell" }
  /** When each update that is waited for first reached each CRM. */
  | { readonly kind: "reached" };

/** What one CRM saw since `begin`. */
export interface CrmFacts {
  readonly calls: number;
  /** Those in calls that it acknowledged. */
  readonly events: number;
  /** Acknowledged events that put an older profile in the place of a newer. */
  readonly stale: number;
  /** Customers of whom it has not yet seen the newest update. */
  readonly behind: number;
  /** Customers of whom it saw the newest update, and holds an older one. */
  readonly older: number;
}

/** What all of them saw. */
export interface Facts {
  readonly crms: readonly CrmFacts[];
  /** When the last update that is waited for was acknowledged (`nowMs`); `null` while one is missing. */
  readonly completeAt: number | null;
  /** Requests that were not for these CRMs. */
  readonly strangers: number;
}

/** By CRM: customer, and when its newest update came (`nowMs`). */
export type Reached = readonly ReadonlyMap<string, number>[];

/** The process's first message: the URL of each CRM. */
export type Opened = readonly string[];

/** An answer. */
export type Told = Facts | Reached | Opened | null;
