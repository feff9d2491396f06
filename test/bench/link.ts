// A connection to a contender that stays open: HTTP/1.1 over a socket, written and read with next to no
// work, since whoever sends the load shares the machine with whoever bears it.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const PATIENCE_MS = 30_000;
const END_OF_HEADERS = "\r\n\r\n";
const LAST_CHUNK = "0\r\n\r\n";
const STATUS = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;

/** What was answered. */
export interface Reply {
  readonly status: number;
  /** With one character for each byte, and its chunks as they came. */
  readonly body: string;
}

/** The bytes of a request. */
export function requestBytes(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array = new Uint8Array(),
): Buffer {
  const all = { host: url.host, ...headers, "content-length": String(body.byteLength) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${url.pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** One connection, opened when it is needed. One request at a time. */
export class Link {
  readonly #url: URL;
  #socket: Socket | null = null;
  #text = "";
  #pending: PromiseWithResolvers<Reply> | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends a request. Rejects when the connection breaks, and when no answer comes in 30 s. */
  async exchange(request: Buffer): Promise<Reply> {
    const socket = this.#socket ?? (await this.#open());
    const pending = Promise.withResolvers<Reply>();
    this.#pending = pending;
    this.#text = "";
    socket.write(request);
    return pending.promise;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #open(): Promise<Socket> {
    const { hostname, port } = this.#url;
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, "connect");
    socket.setEncoding("latin1");
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (text: string) => this.#receive(text));
    socket.on("error", (error) => this.#break(error));
    socket.on("close", () => this.#break(new Error("connection closed")));
    this.#socket = socket;
    return socket;
  }

  #receive(text: string): void {
    this.#text += text;
    const reply = parseReply(this.#text);
    if (reply === null) return;
    this.#pending?.resolve(reply);
    this.#pending = null;
  }

  #break(error: Error): void {
    this.#socket = null;
    this.#pending?.reject(error);
    this.#pending = null;
  }
}

/** `null` while something is missing. */
export function parseReply(text: string): Reply | null {
  const end = text.indexOf(END_OF_HEADERS);
  if (end === -1) return null;
  const head = text.slice(0, end);
  const body = text.slice(end + END_OF_HEADERS.length);
  const isWhole = CHUNKED.test(head)
    ? body.endsWith(LAST_CHUNK)
    : body.length >= Number(LENGTH.exec(head)?.[1] ?? 0);
  return isWhole ? { status: Number(STATUS.exec(head)?.[1]), body } : null;
}
