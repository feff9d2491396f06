// A CRM for the tests of the peers: it writes down what it is sent, and answers as it is told.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import type { ProfileEvent } from "../profile.ts";

/** A CRM on loopback. It answers 200 until it is told otherwise. */
export class Sink {
  readonly events: ProfileEvent[] = [];
  readonly #statuses = new Map<string, number[]>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<Sink> {
    const sink = new Sink();
    sink.#server.listen(0, "127.0.0.1");
    await once(sink.#server, "listening");
    return sink;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("it does not listen");
    return `http://127.0.0.1:${address.port}/hook`;
  }

  /** Answers the next events of this customer with these statuses; then 200 again. */
  answer(customerId: string, ...statuses: readonly number[]): void {
    this.#statuses.set(customerId, [...statuses]);
  }

  /** The events of this customer, in the order they came. */
  eventsOf(customerId: string): ProfileEvent[] {
    return this.events.filter(({ data }) => data.customer_id === customerId);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const event = (await json(request)) as ProfileEvent;
    this.events.push(event);
    response.writeHead(this.#statuses.get(event.data.customer_id)?.shift() ?? 200).end("{}");
  }
}
