// What an operator asks of a relay: how its destinations stand, and a hand on each of them. Runs in
// workerd and in Node.
import * as v from "valibot";
import { API_TOKEN } from "./bindings.ts";
import { eventually } from "./eventually.ts";
import type { Answer, RelayClient } from "./relay-client.ts";

const time = v.nullable(v.string());

const ratesSchema = v.strictObject({
  calls: v.number(),
  deliveries: v.number(),
  succeeded: v.number(),
  success_rate: v.nullable(v.number()),
  latency_p50_ms: v.nullable(v.number()),
  latency_p95_ms: v.nullable(v.number()),
});

const sweepSchema = v.strictObject({
  state: v.picklist(["running", "finished"]),
  done: v.number(),
  total: v.number(),
  started_at: v.string(),
  finished_at: time,
  estimated_end_at: time,
});

/** All that the contract names, and nothing else: no URL, no header. */
const destinationSchema = v.strictObject({
  id: v.string(),
  format: v.string(),
  topics: v.array(v.string()),
  deliver: v.string(),
  state: v.picklist(["open", "paused", "held", "breaker_open"]),
  reason: v.nullable(v.string()),
  since: time,
  next_attempt_at: time,
  rates: v.strictObject({ last_5_minutes: ratesSchema, last_60_minutes: ratesSchema }),
  last_errors: v.array(
    v.strictObject({
      at: v.string(),
      status: v.nullable(v.number()),
      error: v.string(),
      deliveries: v.number(),
    }),
  ),
  customers_behind: v.number(),
  behind_since: time,
  customers_dead: v.number(),
  dead_letters: v.number(),
  backfill: v.nullable(sweepSchema),
  replay: v.nullable(sweepSchema),
});

const deadLetterSchema = v.strictObject({
  customer_id: v.string(),
  topic: v.string(),
  event_id: v.nullable(v.string()),
  sequence: v.number(),
  reason: v.string(),
  since: v.string(),
  last_status: v.nullable(v.number()),
  last_error: v.nullable(v.string()),
});

const pageSchema = v.strictObject({
  dead_letters: v.array(deadLetterSchema),
  next_cursor: v.nullable(v.string()),
});

/** A destination as the API shows it. */
export type FoundDestination = v.InferOutput<typeof destinationSchema>;
/** A dead letter as the API shows it. */
export type FoundLetter = v.InferOutput<typeof deadLetterSchema>;

/** The path of a destination in the API, and of what is done to it. */
export function destinationPath(id: string, action: string = ""): string {
  return `/v1/destinations/${encodeURIComponent(id)}${action === "" ? "" : `/${action}`}`;
}

/** The holder of `API_TOKEN`. */
export class OperatorClient {
  readonly #relay: RelayClient;

  constructor(relay: RelayClient) {
    this.#relay = relay;
  }

  async get(path: string): Promise<Answer> {
    return this.#relay.ask(path, { headers: bearer });
  }

  /** A `POST`, with a body if there is one: text as it is, anything else as JSON. */
  async post(path: string, body?: unknown): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const init = { method: "POST", headers: bearer };
    return this.#relay.ask(path, body === undefined ? init : { ...init, body: text });
  }

  /** How a destination stands. */
  async look(id: string): Promise<FoundDestination> {
    return v.parse(destinationSchema, expectStatus(await this.get(destinationPath(id)), 200));
  }

  /** How all destinations stand, in the order of the configuration. */
  async lookAtAll(): Promise<FoundDestination[]> {
    const body = expectStatus(await this.get("/v1/destinations"), 200);
    return v.parse(v.strictObject({ destinations: v.array(destinationSchema) }), body).destinations;
  }

  async pause(id: string): Promise<FoundDestination> {
    const answer = await this.post(destinationPath(id, "pause"));
    return v.parse(destinationSchema, expectStatus(answer, 200));
  }

  async resume(id: string): Promise<FoundDestination> {
    const answer = await this.post(destinationPath(id, "resume"));
    return v.parse(destinationSchema, expectStatus(answer, 200));
  }

  /** Sends a destination a sample; what the answer says of it. */
  async test(id: string): Promise<unknown> {
    return expectStatus(await this.post(destinationPath(id, "test")), 200);
  }

  /** Begins a backfill; how far it is. */
  async backfill(id: string, body?: object): Promise<v.InferOutput<typeof sweepSchema>> {
    const answer = await this.post(destinationPath(id, "backfill"), body);
    return v.parse(sweepSchema, expectStatus(answer, 202));
  }

  /** Waits until a destination's backfill, or replay, is over; how it ended. */
  async finishes(id: string, kind: "backfill" | "replay", timeoutMs?: number) {
    return eventually(async () => {
      const { [kind]: sweep } = await this.look(id);
      if (sweep?.state !== "finished") throw new Error(`${kind} is at ${JSON.stringify(sweep)}`);
      return sweep;
    }, timeoutMs);
  }

  /** Tries dead letters again: those of some customers, or all. */
  async replay(id: string, customerIds?: readonly string[]): Promise<void> {
    const body = customerIds === undefined ? undefined : { customer_ids: customerIds };
    expectStatus(await this.post(destinationPath(id, "replay"), body), 202);
  }

  /** One page of a destination's dead letters. */
  async deadLetters(id: string, query: Readonly<Record<string, string>> = {}) {
    const path = `${destinationPath(id, "dead-letters")}?${new URLSearchParams(query).toString()}`;
    return v.parse(pageSchema, expectStatus(await this.get(path), 200));
  }

  /** All of a destination's dead letters, from page to page. */
  async allDeadLetters(id: string, limit: number): Promise<FoundLetter[]> {
    const letters: FoundLetter[] = [];
    let page = await this.deadLetters(id, { limit: String(limit) });
    for (;;) {
      if (page.dead_letters.length > limit) throw new Error("a page is longer than its limit");
      letters.push(...page.dead_letters);
      if (page.next_cursor === null) return letters;
      page = await this.deadLetters(id, { limit: String(limit), cursor: page.next_cursor });
    }
  }
}

const bearer = { authorization: `Bearer ${API_TOKEN}` };

function expectStatus({ status, text, body }: Answer, expected: number): unknown {
  if (status !== expected) throw new Error(`expected ${expected}, answered ${status}: ${text}`);
  return body;
}
