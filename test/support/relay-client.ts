// What the world outside asks of a relay: Gameball's webhooks, and the API under /v1.
import * as v from "valibot";
import { API_TOKEN } from "./bindings.ts";
import { expectDescribed } from "./described.ts";
import { eventually } from "./eventually.ts";
import { sampleWebhook, signBody } from "./gameball.ts";

const profileSchema = v.looseObject({
  customer_id: v.string(),
  email: v.nullable(v.string()),
  points: v.object({
    activated: v.nullable(v.number()),
    pending: v.nullable(v.number()),
    total: v.nullable(v.number()),
  }),
  event_id: v.string(),
  sequence: v.number(),
  occurred_at: v.string(),
});

const deliveriesSchema = v.looseObject({
  newest_sequence: v.number(),
  destinations: v.array(
    v.looseObject({
      id: v.string(),
      state: v.picklist(["synced", "pending", "in_flight", "held", "dead"]),
      acknowledged_sequence: v.number(),
      newest_sequence: v.number(),
      attempts: v.number(),
      last_status: v.nullable(v.number()),
      last_error: v.nullable(v.string()),
    }),
  ),
  timeline: v.array(
    v.looseObject({
      event: v.string(),
      sequence: v.number(),
      destination: v.optional(v.string()),
      status: v.optional(v.number()),
      detail: v.optional(v.string()),
    }),
  ),
});

/** A profile as the lookup answers it. */
export type FoundProfile = v.InferOutput<typeof profileSchema>;
/** Where one destination stands with a customer. */
export type Standing = Deliveries["destinations"][number];
/** What an operator sees of a customer's deliveries. */
export type Deliveries = v.InferOutput<typeof deliveriesSchema>;

/** An answer of the relay, read to its end; a JSON body is parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

/** Several attempts with the longest pauses between them. */
const PATIENCE_MS = 75_000;

/** The time of step 0. */
export const BASE_MS = Date.parse("2026-01-01T00:00:00Z");

/** A customer's update number `step` (0, 1, 2 …): as much later, and with as many points. */
export function update(
  customerId: string,
  step: number,
  data: Readonly<Record<string, unknown>> = {},
) {
  return sampleWebhook({
    customer_id: customerId,
    created_at: new Date(BASE_MS + step * 1000).toISOString(),
    data: { ...sampleWebhook().data, total_points: step, ...data },
  });
}

/** Speaks to the relay at `url`, as Gameball and as the holder of `API_TOKEN`. */
export class RelayClient {
  url = "";

  /** Sends a signed webhook once, as Gameball does. */
  async send(webhook: unknown): Promise<Answer> {
    const body = JSON.stringify(webhook);
    const headers = { "x-gb-signature": await signBody(body), "x-gb-webhook-version": "v4" };
    return this.ask("/webhooks/gameball", { method: "POST", headers, body });
  }

  /** Sends a webhook that must be accepted; its event's id and sequence. */
  async accept(
    webhook: unknown,
  ): Promise<{ readonly event_id: string; readonly sequence: number }> {
    const { status, text, body } = await this.send(webhook);
    if (status !== 202) throw new Error(`the webhook was answered ${status}: ${text}`);
    return v.parse(v.object({ event_id: v.string(), sequence: v.number() }), body);
  }

  /** A customer's profile; `null` when the relay knows none. */
  async profile(
    customerId: string,
    consistency: "eventual" | "strong" = "eventual",
  ): Promise<FoundProfile | null> {
    const query = consistency === "strong" ? "?consistency=strong" : "";
    const body = await this.#askV1(customerId, query);
    return body === null ? null : v.parse(profileSchema, body);
  }

  /** Where each destination stands with a customer, and what happened; `null` when it is not known. */
  async deliveries(customerId: string): Promise<Deliveries | null> {
    const body = await this.#askV1(customerId, "/deliveries");
    return body === null ? null : v.parse(deliveriesSchema, body);
  }

  /** Where each destination stands with a customer, by id; `null` when the relay knows none. */
  async standings(customerId: string): Promise<ReadonlyMap<string, Standing> | null> {
    const deliveries = await this.deliveries(customerId);
    return (
      deliveries && new Map(deliveries.destinations.map((standing) => [standing.id, standing]))
    );
  }

  /** Where one destination stands with a customer. */
  async standing(customerId: string, destination: string): Promise<Standing> {
    const standing = (await this.standings(customerId))?.get(destination);
    if (standing === undefined) throw new Error(`${destination} does not know ${customerId}`);
    return standing;
  }

  /** The failed attempts at a destination that a customer's timeline holds, as "status: detail". */
  async failures(customerId: string, destination: string): Promise<string[]> {
    const deliveries = await this.deliveries(customerId);
    return (deliveries?.timeline ?? [])
      .filter((entry) => entry.event === "failed" && entry.destination === destination)
      .map(({ status, detail }) => `${status ?? "none"}: ${detail ?? ""}`);
  }

  /** Waits until a destination stands as expected with a customer. */
  async becomes(
    customerId: string,
    destination: string,
    expected: Partial<Standing>,
  ): Promise<Standing> {
    return eventually(async () => {
      const standing = await this.standing(customerId, destination);
      const found: Readonly<Record<string, unknown>> = standing;
      if (Object.entries(expected).some(([name, value]) => found[name] !== value)) {
        const texts = [expected, standing].map((value) => JSON.stringify(value));
        throw new Error(`${destination} should become ${texts.join(" and is ")}`);
      }
      return standing;
    }, PATIENCE_MS);
  }

  /** Waits until a destination has acknowledged a customer's newest profile, which has this sequence. */
  async isSynced(customerId: string, destination: string, sequence: number = 1): Promise<void> {
    const expected = { state: "synced", newest_sequence: sequence, attempts: 0 } as const;
    await this.becomes(customerId, destination, { ...expected, acknowledged_sequence: sequence });
  }

  /** Forgets a customer; the status. */
  async erase(customerId: string): Promise<number> {
    const path = profilePath(customerId);
    return (await this.ask(path, { method: "DELETE", headers: bearer })).status;
  }

  /** Any request; its answer must be as the API is described. */
  async ask(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    const { status, headers } = response;
    const text = await response.text();
    const isJson = /json/.test(headers.get("content-type") ?? "");
    const answer = { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : null };
    expectDescribed(path, init, answer);
    return answer;
  }

  async #askV1(customerId: string, rest: string): Promise<unknown> {
    const { status, text, body } = await this.ask(profilePath(customerId) + rest, {
      headers: bearer,
    });
    if (status === 404) return null;
    if (status !== 200) throw new Error(`the lookup was answered ${status}: ${text}`);
    return body;
  }
}

const bearer = { authorization: `Bearer ${API_TOKEN}` };

/** The path of a customer in the API. */
export function profilePath(customerId: string): string {
  return `/v1/profiles/${encodeURIComponent(customerId)}`;
}
