// What the fake vendors have in common: an HTTP server on loopback that keeps what it was told, and can be
// made to misbehave. Each vendor's own contract is in a file of its own beside this one.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Profile } from "../../../src/profile/profile.ts";

/** Longer than any test: a connection that closes while it is reused would look like a failure. */
const KEEP_ALIVE_MS = 300_000;

/** A request that came. */
export interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What is answered: a text as it is, anything else as JSON. */
export interface VendorAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request with its answer. */
export interface VendorCall {
  readonly request: VendorRequest;
  readonly answer: VendorAnswer;
}

/** What a vendor holds of one customer, field by field. */
export type Contact = Record<string, unknown>;

/** Why somebody is refused, in most vendors' words. */
const WORDS = "a phone number is no good";

/** A vendor. It accepts what its documented contract allows, and refuses the rest in its own words. */
export abstract class FakeVendor {
  readonly calls: VendorCall[] = [];
  /** Its database, by the key under which it knows a customer. */
  readonly contacts = new Map<string, Contact>();
  /** Customers that it refuses, by their keys, and why. */
  readonly refused = new Map<string, string>();
  /** When it says whom it refused: in its answer, once it is asked about a job, or never. */
  readonly reportsRows: "at once" | "later" | "never" = "at once";
  readonly #next: VendorAnswer[] = [];
  #rate: { readonly calls: number; readonly perMs: number } | null = null;
  /** When those calls came that were let in lately. */
  #letIn: number[] = [];
  #server: Server | null = null;
  #port = 0;

  /** The most customers that one call may hold, and the most bytes. */
  abstract readonly cap: number;
  abstract readonly maxBytes: number;

  /** The settings of a destination that leads here; `headers` and the like may be added. */
  abstract settings(): Readonly<Record<string, unknown>>;

  /** Whether it says of a call with so many that they are written, or only that it took them. */
  acknowledges(_count: number): "delivered" | "accepted" {
    return "delivered";
  }

  /** What it says, or makes known, of somebody that it refuses. */
  get words(): string {
    return WORDS;
  }

  /**
   * Whether an answer that it did not give may be taken for its acknowledgement: where the status alone
   * says that all went well, an answer made up may look like that.
   */
  looksWell(_status: number, _text: string): boolean {
    return false;
  }

  /** The key under which it is to know a customer, and what it is to hold, with the default settings. */
  abstract holding(profile: Profile): { readonly key: string; readonly contact: Contact };

  /** Makes it know a customer, where it is not to write to anybody else. */
  meet(_profile: Profile): void {
    // Whoever is new is created.
  }

  /** What a request needs beside the adapter's own headers: a token that lets it in, where tokens expire. */
  get tokenHeaders(): Readonly<Record<string, string>> {
    return {};
  }

  /** What it answers at `now` (ms of Unix time) to somebody who calls too often, in its own words and headers. */
  abstract busy(now: number): VendorAnswer;

  /** Answers one request by the vendor's contract. */
  protected abstract serve(request: VendorRequest): VendorAnswer;

  /** The calls that wrote customers, or tried to. */
  get deliveries(): readonly VendorCall[] {
    return this.calls.filter(({ request }) => isDelivery(request));
  }

  /** From now on the last token is no good, where there are such. */
  expireToken(): void {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Lets so many calls write within a time; it is busy to those beyond. */
  limitRate(calls: number, perMs: number): void {
    this.#rate = { calls, perMs };
  }

  /** Answers the next requests so, whatever they are; then by its contract again. */
  answerNext(...answers: readonly VendorAnswer[]): void {
    this.#next.push(...answers);
  }

  async open(): Promise<this> {
    const server = createServer((request, response) => void this.#handle(request, response));
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
    this.#server = server;
    return this;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Refuses a customer from now on. */
  refuse(key: string): void {
    this.refused.set(key, this.words);
  }

  /** Answers a request without the network, and writes both down. */
  answer(request: VendorRequest): VendorAnswer {
    const answer = this.#next.shift() ?? this.#turnAway(request) ?? this.serve(request);
    this.calls.push({ request, answer });
    return answer;
  }

  #turnAway(request: VendorRequest): VendorAnswer | null {
    if (this.#rate === null || !isDelivery(request)) return null;
    const now = Date.now();
    const { calls, perMs } = this.#rate;
    this.#letIn = this.#letIn.filter((at) => at > now - perMs);
    if (this.#letIn.length >= calls) return this.busy(now);
    this.#letIn.push(now);
    return null;
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    incoming.on("error", () => undefined);
    response.on("error", () => undefined);
    const body = await text(incoming).catch(() => null);
    if (body === null) return;
    const url = new URL(incoming.url ?? "/", this.url);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join()]),
    );
    const method = incoming.method ?? "";
    const { pathname: path, searchParams: query } = url;
    const answer = this.answer({ method, path, query, headers, body });
    const isText = typeof answer.body === "string";
    const type = isText ? "text/plain" : "application/json";
    response
      .writeHead(answer.status, { "content-type": type, ...answer.headers })
      .end(isText ? answer.body : JSON.stringify(answer.body ?? {}));
  }
}

function isDelivery({ method, path }: VendorRequest): boolean {
  return method !== "GET" && !path.endsWith("/token");
}

/** A body's JSON; `null` when it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}

/** Values that come more than once. */
export function duplicates(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

/** What the relay writes of a profile unless it is told otherwise, as a vendor of this spelling names it. */
export function valuesOf(
  { customer_id: id, tier, points, referral }: Profile,
  spell: (name: string) => string = (name) => name,
): Record<string, string | number | null> {
  const values = {
    gameball_tier_name: tier.name,
    gameball_tier_order: tier.order,
    gameball_activated_points: points.activated,
    gameball_pending_points: points.pending,
    gameball_total_points: points.total,
    gameball_referral_code: referral.code,
    gameball_referral_link: referral.link,
    gameball_customer_id: id,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [spell(name), value]));
}

/** What is known of a contact: `null` is as if it had never been. */
export function withoutNulls(values: Contact): Contact {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

/** The e-mail address of a profile, as vendors compare such. */
export function emailOf({ email }: Profile): string {
  return email?.trim().toLowerCase() ?? "";
}

/** `authorization` for a user and password, written apart from the relay's own. */
export function basicAuthOf(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** A text as it is; anything else is none. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
