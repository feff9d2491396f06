// A CRM for tests: an HTTP server on loopback that writes down every request and answers as it is told.
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { text } from "node:stream/consumers";
import * as v from "valibot";

/** Longer than any test: a connection that closes while it is reused would look like a failure. */
const KEEP_ALIVE_MS = 300_000;

const eventSchema = v.looseObject({
  id: v.string(),
  type: v.string(),
  timestamp: v.string(),
  data: v.looseObject({
    customer_id: v.string(),
    sequence: v.number(),
    occurred_at: v.string(),
    points: v.looseObject({ total: v.nullable(v.number()) }),
    changes: v.nullable(v.record(v.string(), v.object({ from: v.unknown(), to: v.unknown() }))),
  }),
});
const bodySchema = v.pipe(v.string(), v.parseJson(), v.union([eventSchema, v.array(eventSchema)]));

/** An event as a CRM receives it. */
export type CrmEvent = v.InferOutput<typeof eventSchema>;

/** One request that a CRM received. */
export interface CrmRequest {
  /** When its last byte had come (ms of Unix time). */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the body holds: one event, all of an array, or none when it is something else. */
  readonly events: readonly CrmEvent[];
}

/** How a CRM answers a request; see `replies.ts`. */
export type Reply = (response: ServerResponse, request: CrmRequest) => void | Promise<void>;

const acknowledge: Reply = (response) => {
  response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
};

/** A CRM. It answers 200 until it is told otherwise. */
export class FakeCrm {
  readonly requests: CrmRequest[] = [];
  readonly #scripts = new Map<string, Reply[]>();
  #usual: Reply = acknowledge;
  #server: Server | null = null;
  #port = 0;

  /** A CRM on a port that the system chose. */
  static async open(): Promise<FakeCrm> {
    const crm = new FakeCrm();
    await crm.reopen();
    return crm;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** Answers the next requests that hold this customer, one reply each; then as usual again. */
  replyTo(customerId: string, ...replies: readonly Reply[]): void {
    this.#scripts.set(customerId, [...replies]);
  }

  /** Answers every request so that no `replyTo` is for. */
  replyToAll(reply: Reply): void {
    this.#usual = reply;
  }

  /** The requests that hold this customer, in the order they came. */
  requestsOf(customerId: string): CrmRequest[] {
    return this.requests.filter(({ events }) =>
      events.some(({ data }) => data.customer_id === customerId),
    );
  }

  /** The events of this customer, in the order they came. */
  eventsOf(customerId: string): CrmEvent[] {
    return this.requests.flatMap(({ events }) =>
      events.filter(({ data }) => data.customer_id === customerId),
    );
  }

  /** The sequences of this customer, in the order they came. */
  sequencesOf(customerId: string): number[] {
    return this.eventsOf(customerId).map(({ data }) => data.sequence);
  }

  /** Listens again, on the same port as before. */
  async reopen(): Promise<void> {
    const server = createServer((request, response) => {
      // A reply that breaks the connection breaks reading and writing here as well.
      request.on("error", () => undefined);
      response.on("error", () => undefined);
      void this.#serve(request, response);
    });
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
    this.#server = server;
  }

  /** Refuses connections from now on; those that are open are cut. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(incoming).catch(() => null);
    if (body === null) return; // the relay was killed in the middle of a request
    const parsed = v.safeParse(bodySchema, body);
    const events = parsed.success ? [parsed.output].flat() : [];
    const request = { at: Date.now(), headers: incoming.headers, body, events };
    this.requests.push(request);
    await this.#replyFor(events)(response, request);
  }

  #replyFor(events: readonly CrmEvent[]): Reply {
    for (const { data } of events) {
      const reply = this.#scripts.get(data.customer_id)?.shift();
      if (reply !== undefined) return reply;
    }
    return this.#usual;
  }
}
