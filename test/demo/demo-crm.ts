// A CRM on this machine: it keeps what it acknowledged, fails as often as it is told to, and can be
// killed and brought back.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import * as v from "valibot";
import { type Profile, profileSchema } from "../../src/profile/profile.ts";
import { DemoError, reasonOf } from "./demo-error.ts";

const HOST = "127.0.0.1";

const changesSchema = v.nullable(
  v.record(v.string(), v.object({ from: v.unknown(), to: v.unknown() })),
);
const eventSchema = v.object({
  type: v.literal("customer.profile.updated"),
  data: v.object({ ...profileSchema.entries, changes: changesSchema }),
});

/** One request that a CRM answered. */
export interface CrmCall {
  readonly crm: string;
  /** 1 for the first request of the CRM's life. */
  readonly number: number;
  readonly status: number;
  /** What it held before of this customer. */
  readonly before: Profile | null;
  /** What it was sent; `null` when that could not be read. */
  readonly profile: Profile | null;
  readonly changes: v.InferOutput<typeof changesSchema>;
  readonly isSigned: boolean;
}

/** How a CRM behaves. */
export interface CrmSettings {
  readonly id: string;
  /** Standard Webhooks, `whsec_…`; `null` when events need no signature. */
  readonly signingSecret: string | null;
  /** So many requests are answered 503 before the first is taken. */
  readonly failures: number;
  readonly onCall: (call: CrmCall) => void;
}

/** A demo CRM. */
export class DemoCrm {
  readonly #settings: CrmSettings;
  readonly #profiles = new Map<string, Profile>();
  #server: Server | null = null;
  #port = 0;
  #calls = 0;

  constructor(settings: CrmSettings) {
    this.#settings = settings;
  }

  get id(): string {
    return this.#settings.id;
  }

  /** Where the relay is to send; known once the CRM has been up. */
  get url(): string {
    return `http://${HOST}:${this.#port}/hooks/loyalty`;
  }

  get isUp(): boolean {
    return this.#server !== null;
  }

  /** The profile that it acknowledged last; `null` when there is none. */
  profile(customerId: string): Profile | null {
    return this.#profiles.get(customerId) ?? null;
  }

  /** Brings it up, the first time on any port and later on the same. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#answer(request).then((status) => response.writeHead(status).end());
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(this.#port, HOST, resolve);
    try {
      await promise;
    } catch (error) {
      throw new DemoError(`${this.id} cannot listen: ${reasonOf(error)}`);
    }
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Takes it down: connections are refused from now on. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage): Promise<number> {
    const body = await readBody(request);
    if (body === null) return 400;
    this.#calls += 1;
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), eventSchema), body);
    const { changes, ...profile } = parsed.success
      ? parsed.output.data
      : { changes: null, customer_id: null };
    const received = profile.customer_id === null ? null : profile;
    const status = this.#judge(request, body, received !== null);
    const before = received === null ? null : this.profile(received.customer_id);
    if (status === 200 && received !== null) this.#profiles.set(received.customer_id, received);
    const { id, signingSecret, onCall } = this.#settings;
    const isSigned = signingSecret !== null && status !== 401;
    onCall({ crm: id, number: this.#calls, status, before, profile: received, changes, isSigned });
    return status;
  }

  #judge(request: IncomingMessage, body: string, isReadable: boolean): number {
    const { signingSecret, failures } = this.#settings;
    if (this.#calls <= failures) return 503;
    if (signingSecret !== null && !verifies(signingSecret, body, request)) return 401;
    return isReadable ? 200 : 400;
  }
}

/** The Standard Webhooks signature over id, timestamp and body. */
function verifies(secret: string, body: string, { headers }: IncomingMessage): boolean {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  const given = names.map((name) => [name, String(headers[name] ?? "")]);
  try {
    new Webhook(secret).verify(body, Object.fromEntries(given) as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

/** The whole body; `null` when the connection broke on the way. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString("utf8");
}
