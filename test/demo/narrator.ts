// Tells what happens, as it happens: from what the CRMs were sent, and from the relay's log.
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { PROFILE_STORE } from "../../src/ledger/policy.ts";
import type { CrmCall } from "./demo-crm.ts";
import { DemoError } from "./demo-error.ts";
import type { RelayClient } from "./relay-client.ts";
import type { Screen } from "./screen.ts";
import { CUSTOMER_ID } from "./webhooks.ts";

/** How often, and at what distance, the relay is asked for what its log does not say. */
const LOOKS = 20;
const LOOK_MS = 100;

const logLineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.variant("event", [
    v.object({ event: v.literal("profile.stored"), profiles: v.number() }),
    v.object({
      event: v.literal("delivery.attempted"),
      destination: v.string(),
      attempt: v.number(),
      outcome: v.string(),
      status: v.nullable(v.number()),
    }),
  ]),
);

/** Turns events into lines on the screen. */
export class Narrator {
  readonly #screen: Screen;
  readonly #client: RelayClient;
  /** Lines that wait while a webhook is being sent, so that none comes before its acceptance. */
  #waiting: (() => void)[] | null = null;
  /** A webhook was accepted, and it was not yet told that its profile is in the lookup store. */
  #isStoring = false;
  #hasExplainedRetries = false;

  constructor(screen: Screen, client: RelayClient) {
    this.#screen = screen;
    this.#client = client;
  }

  /** Sends a webhook and tells of it. Gives the sequence that the relay gave it. */
  async send(webhook: unknown, what: string): Promise<number> {
    this.#screen.step("gameball", what);
    this.#waiting = [];
    this.#isStoring = true;
    try {
      const { event_id: eventId, sequence } = await this.#client.send(webhook);
      this.#screen.step("relay", `202 accepted: sequence ${sequence}, ${eventId}`, "good");
      void this.#watchStore(sequence);
      return sequence;
    } finally {
      const waiting = this.#waiting;
      this.#waiting = null;
      for (const tell of waiting) tell();
    }
  }

  /** A CRM was called. */
  onCall(call: CrmCall): void {
    this.#tell(() => {
      const { crm, number, status } = call;
      const answered = `(call ${number}, ${status})`;
      if (status !== 200) this.#screen.step(crm, `failed ${answered}`, "bad");
      else this.#screen.step(crm, `delivered ${answered}: ${holding(call)}`, "good");
    });
  }

  /** The relay, or wrangler, printed a line. */
  onLine(line: string): void {
    if (line.includes("runtime crashed unexpectedly")) {
      this.#tell(() => this.#screen.step("relay", "crashed; wrangler restarts it", "bad"));
    }
    const parsed = v.safeParse(logLineSchema, line);
    if (!parsed.success) return;
    const said = parsed.output;
    switch (said.event) {
      case "profile.stored":
        if (said.profiles > 0) this.#tellStored();
        break;
      case "delivery.attempted":
        if (said.outcome === "delivered") break;
        if (said.status === null) {
          const text = `failed (attempt ${said.attempt}, no connection)`;
          this.#tell(() => this.#screen.step(said.destination, text, "bad"));
        }
        void this.#tellNextAttempt(said.destination, said.attempt);
        break;
    }
  }

  /** Asks the relay whether the profile is stored: wrangler loses log lines when it reloads the relay. */
  async #watchStore(sequence: number): Promise<void> {
    for (let look = 0; look < LOOKS && this.#isStoring; look += 1) {
      await sleep(LOOK_MS);
      const deliveries = await this.#client.deliveries(CUSTOMER_ID).catch(onlyDemoErrors);
      const store = deliveries.find(({ id }) => id === PROFILE_STORE);
      if (store !== undefined && store.acknowledged_sequence >= sequence) this.#tellStored();
    }
  }

  #tellStored(): void {
    if (!this.#isStoring) return;
    this.#isStoring = false;
    this.#tell(() => this.#screen.step("relay", "stored in Workers KV", "good"));
  }

  /** Asks the relay when it goes on, once it has settled the failed attempt. */
  async #tellNextAttempt(destination: string, attempt: number): Promise<void> {
    for (let look = 0; look < LOOKS; look += 1) {
      const deliveries = await this.#client.deliveries(CUSTOMER_ID).catch(onlyDemoErrors);
      const delivery = deliveries.find(({ id }) => id === destination);
      if (delivery === undefined || delivery.attempts > attempt) return;
      if (delivery.state === "synced" || delivery.state === "dead") return;
      if (delivery.attempts === attempt && delivery.next_attempt_at !== null) {
        this.#tellWait(destination, Date.parse(delivery.next_attempt_at) - Date.now());
        return;
      }
      await sleep(LOOK_MS);
    }
  }

  #tellWait(destination: string, ms: number): void {
    const seconds = (Math.max(0, ms) / 1000).toFixed(1);
    const text = `waits ${seconds} s, then retries ${destination}`;
    const explanation = " (random, up to 5 s; the limit doubles with each failure)";
    this.#tell(() =>
      this.#screen.step("relay", this.#hasExplainedRetries ? text : text + explanation, "wait"),
    );
    this.#hasExplainedRetries = true;
  }

  #tell(tell: () => void): void {
    if (this.#waiting === null) tell();
    else this.#waiting.push(tell);
  }
}

/** What a CRM holds after a call that it acknowledged, and what that call changed. */
function holding({ before, profile, changes, isSigned }: CrmCall): string {
  const sequence = profile?.sequence ?? 0;
  // Without changes the relay does not know what this CRM holds: nothing yet, or it forgot the customer.
  const missed = before === null || changes === null ? 0 : sequence - before.sequence - 1;
  const caughtUp = missed > 0 ? `, ${missed + 1} updates in one call` : "";
  const verified = isSigned ? ", signature verified" : "";
  const changed = Object.entries(changes ?? {}).map(
    ([path, { from, to }]) => `${path} ${String(from)} to ${String(to)}`,
  );
  const difference = changed.length === 0 ? "" : ` (${changed.join(", ")})`;
  return `sequence ${sequence}${caughtUp}${verified}${difference}`;
}

/** The relay may be going down just now, which is told elsewhere. */
function onlyDemoErrors(error: unknown): [] {
  if (error instanceof DemoError) return [];
  throw error;
}
