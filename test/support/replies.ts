// The ways in which a CRM answers, wrongly or not at all.
import type { OutgoingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "./fake-crm.ts";

const CHUNK = "x".repeat(16 * 1024);
const TRICKLE_MS = 100;

/** A status with a body and headers. */
export function answer(
  status: number,
  body: string = "",
  headers: Readonly<OutgoingHttpHeaders> = {},
): Reply {
  return (response) => {
    response.writeHead(status, headers).end(body);
  };
}

/** Gives a reply only once a promise is fulfilled. */
export function after(until: Promise<unknown>, reply: Reply): Reply {
  return async (response, request) => {
    await until;
    await reply(response, request);
  };
}

/** Gives a reply late. */
export function late(delayMs: number, reply: Reply): Reply {
  return async (response, request) => {
    await sleep(delayMs);
    await reply(response, request);
  };
}

/** Closes the connection without a word. */
export const hangUp: Reply = (response) => {
  response.destroy();
};

/** Promises a body with a 200, and closes the connection in the middle of it. */
export const hangUpInTheMiddle: Reply = (response) => {
  response.writeHead(200, { "content-length": "1000" });
  response.write('{"ok":', () => response.destroy());
};

/** Says nothing, and keeps the connection. */
export const hangForEver: Reply = () => undefined;

/** A 200 whose body never ends, as fast as it is taken. */
export const endlessBody: Reply = async (response) => {
  response.writeHead(200, { "content-type": "text/plain" });
  // It ends when the relay has had enough and closes the connection.
  await pipeline(Readable.from(endlessChunks()), response).catch(() => undefined);
};

function* endlessChunks(): Generator<string> {
  for (;;) yield CHUNK;
}

/** A 200 whose body never ends and comes so slowly that it never grows big either. */
export const tricklingBody: Reply = async (response) => {
  response.writeHead(200, { "content-type": "text/plain" });
  while (!response.destroyed) {
    response.write("x");
    await sleep(TRICKLE_MS);
  }
};

/** Something that is no HTTP. */
export const garbage: Reply = (response) => {
  response.socket?.end("220 mail.example.com ESMTP ready\r\n\r\n");
};
