// The CRMs of a benchmark, in a process of their own so that what they cost is not counted, and as cheap
// as they can be. Each has a port, and a token in its path: who does not know it is not theirs.
// Argument: how many. It ends with whoever started it.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { nowMs } from "../clock.ts";
import { Books, type Written } from "./books.ts";
import type { Command, Facts, Manner, Opened, Told } from "./protocol.ts";

const HOST = "127.0.0.1";
/** Longer than any run: a connection that closes while it is reused would look like a failure. */
const KEEP_ALIVE_MS = 600_000;
const TOKEN_BYTES = 16;

interface Crm {
  readonly books: Books;
  readonly path: string;
  manner: Manner;
}

const token = randomBytes(TOKEN_BYTES).toString("hex");
let strangers = 0;
const crms = Array.from({ length: Number(process.argv[2]) }, (_, index): Crm => {
  const manner = { kind: "acknowledges", afterMs: 0 } as const;
  return { books: new Books(), path: `/${token}/crm-${index + 1}`, manner };
});

function serve(crm: Crm, request: IncomingMessage, response: ServerResponse): void {
  if (request.url !== crm.path) {
    strangers += 1;
    response.writeHead(404).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on("error", () => undefined); // whoever called was ended in the middle of it
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => answer(crm, Buffer.concat(chunks).toString("utf8"), response));
}

function answer(crm: Crm, body: string, response: ServerResponse): void {
  if (body === "") {
    response.writeHead(204).end(); // only asks whether the CRM is there
    return;
  }
  const { books, manner } = crm;
  books.call();
  switch (manner.kind) {
    case "fails":
      response.writeHead(503).end();
      return;
    case "hangs":
      return;
    case "acknowledges": {
      const events = [JSON.parse(body) as Written | Written[]].flat();
      const reachedAt = nowMs();
      for (const event of events) books.reach(event, reachedAt);
      if (manner.afterMs === 0) acknowledge(books, events, response);
      else setTimeout(acknowledge, manner.afterMs, books, events, response);
    }
  }
}

function acknowledge(books: Books, events: readonly Written[], response: ServerResponse): void {
  if (response.destroyed) return; // whoever called gave up waiting
  response.writeHead(200, { "content-length": 0 }).end();
  const now = nowMs();
  for (const event of events) books.write(event, now);
}

function obey(command: Command): Told {
  switch (command.kind) {
    case "begin":
      strangers = 0;
      for (const { books } of crms) books.begin(command.expected);
      return null;
    case "expect":
      for (const { books } of crms) books.expect(command.expected);
      return null;
    case "behave": {
      const crm = crms[command.crm];
      if (crm !== undefined) crm.manner = command.manner;
      return null;
    }
    case "tell":
      return tell();
    case "reached":
      return crms.map(({ books }) => books.reachedAt);
  }
}

function tell(): Facts {
  const times = crms.map(({ books }) => books.completeAt);
  const isComplete = times.every((time) => time !== null);
  return {
    crms: crms.map(({ books }) => books.facts()),
    completeAt: isComplete ? Math.max(...times) : null,
    strangers,
  };
}

async function open(crm: Crm): Promise<string> {
  const server: Server = createServer((request, response) => serve(crm, request, response));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, HOST);
  await once(server, "listening");
  return `http://${HOST}:${(server.address() as AddressInfo).port}${crm.path}`;
}

const opened: Opened = await Promise.all(crms.map(open));
process.on("disconnect", () => process.exit());
process.on("message", (command: Command) => process.send?.(obey(command)));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.send?.(opened);
