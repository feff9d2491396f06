// The demo as a user of the relay: Gameball, who sends webhooks, and an operator, who looks.
import * as v from "valibot";
import { type Profile, profileSchema } from "../../src/profile/profile.ts";
import { signBody } from "../support/gameball.ts";
import { DemoError, reasonOf } from "./demo-error.ts";

const TIMEOUT_MS = 10_000;
/** Wrangler keeps requests waiting while it builds, and for ever when it cannot. */
const HEALTH_TIMEOUT_MS = 3_000;

const acceptedSchema = v.object({
  outcome: v.literal("accepted"),
  event_id: v.string(),
  sequence: v.number(),
});

const deliverySchema = v.object({
  id: v.string(),
  state: v.string(),
  acknowledged_sequence: v.number(),
  newest_sequence: v.number(),
  attempts: v.number(),
  next_attempt_at: v.nullable(v.string()),
  last_status: v.nullable(v.number()),
});
const deliveriesSchema = v.object({ destinations: v.array(deliverySchema) });

/** Where one destination stands with a customer. */
export type Delivery = v.InferOutput<typeof deliverySchema>;

/** What the relay answers to a webhook that is news to it. */
export type Accepted = v.InferOutput<typeof acceptedSchema>;

/** Calls the relay. All of it throws a `DemoError` when the relay does not answer as documented. */
export class RelayClient {
  readonly #origin: string;
  readonly #token: string;
  readonly #secretKey: string;

  constructor(port: number, token: string, secretKey: string) {
    this.#origin = `http://127.0.0.1:${port}`;
    this.#token = token;
    this.#secretKey = secretKey;
  }

  /** Whether the relay is up and configured; `false` while nobody answers. */
  async isHealthy(): Promise<boolean> {
    const answer = await this.#call("/health", {}, HEALTH_TIMEOUT_MS).catch(() => null);
    if (answer === null) return false;
    if (answer.status !== 200) throw unexpected("GET /health", answer);
    return true;
  }

  /** Sends a webhook, signed as Gameball signs it. */
  async send(webhook: unknown): Promise<Accepted> {
    const body = JSON.stringify(webhook);
    const headers = {
      "content-type": "application/json",
      "x-gb-signature": await signBody(body, this.#secretKey),
      "x-gb-webhook-version": "v4",
    };
    const answer = await this.#call("/webhooks/gameball", { method: "POST", headers, body });
    return parse(acceptedSchema, "POST /webhooks/gameball", answer);
  }

  /** The customer's profile; `null` when the relay knows none. */
  async profile(customerId: string): Promise<Profile | null> {
    const path = `/v1/profiles/${encodeURIComponent(customerId)}`;
    const answer = await this.#get(path);
    return answer.status === 404 ? null : parse(profileSchema, `GET ${path}`, answer);
  }

  /** Where each destination stands with the customer; none when the relay does not know the customer. */
  async deliveries(customerId: string): Promise<readonly Delivery[]> {
    const path = `/v1/profiles/${encodeURIComponent(customerId)}/deliveries`;
    const answer = await this.#get(path);
    return answer.status === 404 ? [] : parse(deliveriesSchema, `GET ${path}`, answer).destinations;
  }

  async #get(path: string): Promise<Answer> {
    return this.#call(path, { headers: { authorization: `Bearer ${this.#token}` } });
  }

  async #call(path: string, init: RequestInit, timeoutMs: number = TIMEOUT_MS): Promise<Answer> {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${this.#origin}${path}`, { ...init, signal });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new DemoError(`The relay does not answer: ${reasonOf(error)}`);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function parse<TSchema extends v.GenericSchema>(
  schema: TSchema,
  request: string,
  answer: Answer,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), answer.text);
  if (!parsed.success) throw unexpected(request, answer);
  return parsed.output;
}

function unexpected(request: string, { status, text }: Answer): DemoError {
  return new DemoError(`The relay answered ${status} to ${request}:`, [text]);
}
