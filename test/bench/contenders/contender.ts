// What is compared: the relay, and what a user would write instead. All take the same signed webhooks, bring
// the same CRMs in step and answer the same lookup, so that only how they do it differs.

/** A CRM that a contender has to keep in step. */
export interface Crm {
  readonly id: string;
  /** Takes POSTs: one event, or an array of events from whoever sends batches. */
  readonly url: string;
}

/** What a contender runs with. */
export interface Settings {
  readonly crms: readonly Crm[];
  /** An empty folder that takes its state; whoever made it removes it. */
  readonly folder: string;
}

/** A contender that runs, alone with its state. */
export interface Running {
  /**
   * Takes webhooks at `/webhooks/gameball`, signed with `SECRET_KEY`, and answers a 2xx to those it will
   * deliver; gives the newest profile at `/v1/profiles/<customer id>` to whoever sends `API_TOKEN` as bearer
   * token (both in test/support/bindings.ts).
   */
  readonly url: URL;
  /** All its processes, databases included, so that what it uses can be read from `/proc`. */
  readonly processes: readonly number[];
  /** Ends them all. */
  readonly stop: () => Promise<void>;
}

/** Something that keeps CRMs in step. */
export interface Contender {
  /** Short, for tables: `relay`, `plain Worker`, `Fastify + BullMQ (everysec)`. */
  readonly name: string;
  /** One line: on what it runs, and what was tuned. */
  readonly about: string;
  /** Starts it with empty state. Rejects with what is missing, such as a program that is not installed. */
  readonly start: (settings: Settings, signal: AbortSignal) => Promise<Running>;
}
