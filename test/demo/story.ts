// The demo's one customer: the webhooks that Gameball sends, and what the relay and the CRMs then know.
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Profile } from "../../src/profile/profile.ts";
import type { DemoCrm } from "./demo-crm.ts";
import { DemoError } from "./demo-error.ts";
import type { Narrator } from "./narrator.ts";
import type { RelayClient } from "./relay-client.ts";
import type { Screen } from "./screen.ts";
import { CUSTOMER_ID, SAMPLE, updateWebhook } from "./webhooks.ts";

const POLL_MS = 100;

/** What the story needs. */
export interface StoryContext {
  readonly screen: Screen;
  readonly client: RelayClient;
  readonly narrator: Narrator;
  readonly crms: readonly DemoCrm[];
}

/** Sends, waits and shows. */
export class Story {
  readonly #context: StoryContext;
  #updates = 0;

  constructor(context: StoryContext) {
    this.#context = context;
  }

  /** Sends the documented sample. Gives its sequence. */
  async sendSample(): Promise<number> {
    return this.#context.narrator.send(SAMPLE, "sends the documented sample webhook, signed");
  }

  /** Sends news: more points, and in time the next tier. */
  async sendUpdate(): Promise<void> {
    this.#updates += 1;
    const webhook = updateWebhook(this.#updates, new Date());
    const { total_points: total } = webhook.data;
    await this.#context.narrator.send(webhook, `sends an update: ${total} points in total`);
  }

  /** Waits until every CRM and the lookup have the sequence. Throws a `DemoError` that names who lacks it. */
  async waitForAll(sequence: number, deadlineMs: number): Promise<void> {
    for (;;) {
      const missing = await this.#missing(sequence);
      if (missing.length === 0) return;
      if (performance.now() > deadlineMs) {
        throw new DemoError(`Not done within ${deadlineMs / 1000} s: ${missing.join("; ")}.`);
      }
      await sleep(POLL_MS);
    }
  }

  async #missing(sequence: number): Promise<string[]> {
    const { crms, client } = this.#context;
    const held = crms.map((crm) => crm.profile(CUSTOMER_ID));
    const missing = crms
      .filter((_, index) => held[index]?.sequence !== sequence)
      .map(({ id }) => `${id} does not hold the profile`);
    if (missing.length > 0) return missing;
    const profile = await client.profile(CUSTOMER_ID);
    const isSame = (other: Profile | null): boolean => isDeepStrictEqual(other, profile);
    return held.every(isSame) ? [] : ["the lookup does not return what the CRMs hold"];
  }

  /** Prints the answer of the lookup. */
  async showProfile(): Promise<void> {
    const { screen, client } = this.#context;
    const profile = await client.profile(CUSTOMER_ID);
    screen.line();
    screen.line(`GET /v1/profiles/${CUSTOMER_ID}`, "title");
    screen.verbatim(
      profile === null
        ? ["404: no customer with this id is known"]
        : JSON.stringify(profile, null, 2).split("\n"),
    );
  }

  /** Prints where each destination stands. `PROFILES` is the lookup store, Workers KV. */
  async showDeliveries(): Promise<void> {
    const { screen, client } = this.#context;
    const deliveries = await client.deliveries(CUSTOMER_ID);
    screen.line();
    screen.line(`GET /v1/profiles/${CUSTOMER_ID}/deliveries`, "title");
    screen.verbatim([
      row("destination", "state", "sequence", "last status", "next attempt"),
      ...deliveries.map((delivery) =>
        row(
          delivery.id,
          delivery.state,
          `${delivery.acknowledged_sequence} of ${delivery.newest_sequence}`,
          String(delivery.last_status ?? "-"),
          delivery.next_attempt_at === null ? "-" : secondsUntil(delivery.next_attempt_at),
        ),
      ),
    ]);
  }
}

/** One line of a table. */
function row(...cells: readonly string[]): string {
  const padded = cells.map((cell) => cell.padEnd(14));
  return padded.join("").trimEnd();
}

function secondsUntil(time: string): string {
  return `in ${Math.max(0, (Date.parse(time) - Date.now()) / 1000).toFixed(1)} s`;
}
