// A CRM to measure with: it answers after a fixed time, and knows when it first acknowledged whom.
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type CrmRequest, FakeCrm } from "../support/fake-crm.ts";
import { answer, hangForEver, hangUp } from "../support/replies.ts";

/** How long it takes over an answer. */
export const ANSWER_AFTER_MS = 20;

/** How a CRM may be sick: it says nothing, it drops every connection, or it answers 429 to all. */
export const SICKNESSES = {
  hangs: hangForEver,
  drops: hangUp,
  limits: answer(429, "too many requests"),
} as const;
export type Sickness = keyof typeof SICKNESSES;

/** What a CRM was sent. */
export interface CrmFacts {
  readonly calls: number;
  readonly events: number;
}

/** A CRM on loopback. */
export class BenchCrm {
  /** By customer, in ms of `performance.now()`. */
  readonly acknowledgedAt = new Map<string, number>();
  readonly #crm: FakeCrm;
  #countedFrom = 0;

  private constructor(crm: FakeCrm) {
    this.#crm = crm;
    crm.replyToAll(async (response, request) => this.#acknowledge(response, request));
  }

  /** A CRM on a port that the system chose. */
  static async open(): Promise<BenchCrm> {
    return new BenchCrm(await FakeCrm.open());
  }

  get url(): string {
    return this.#crm.url;
  }

  /** From now on it acknowledges nothing. */
  fallSick(sickness: Sickness): void {
    this.#crm.replyToAll(SICKNESSES[sickness]);
  }

  /** From now on `facts` counts. */
  beginCounting(): void {
    this.#countedFrom = this.#crm.requests.length;
  }

  /** What it was sent since the counting began. */
  facts(): CrmFacts {
    const requests = this.#crm.requests.slice(this.#countedFrom);
    const events = requests.reduce((sum, request) => sum + request.events.length, 0);
    return { calls: requests.length, events };
  }

  async close(): Promise<void> {
    await this.#crm.close();
  }

  async #acknowledge(response: ServerResponse, { events }: CrmRequest): Promise<void> {
    await sleep(ANSWER_AFTER_MS);
    if (response.destroyed) return; // the relay gave up waiting
    response.writeHead(200).end();
    const now = performance.now();
    for (const { data } of events) {
      if (!this.acknowledgedAt.has(data.customer_id))
        this.acknowledgedAt.set(data.customer_id, now);
    }
  }
}
