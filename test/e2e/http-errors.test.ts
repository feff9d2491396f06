// What the relay answers to requests that are wrong, over real connections: bodies that are too big
// whatever their headers say, other methods, missing and wrong signatures and tokens.
import { once } from "node:events";
import { request, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_TOKEN } from "../support/bindings.ts";
import { sampleWebhook, signBody } from "../support/gameball.ts";
import { update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";

const WEBHOOKS = "/webhooks/gameball";
const MAX_BYTES = 64 * 1024;

let relay: Relay;

beforeAll(async () => {
  relay = await Relay.start({});
});

afterAll(async () => {
  await relay?.stop();
});

/** A signed webhook of exactly so many bytes. */
async function webhookOf(bytes: number): Promise<{ body: string; signature: string }> {
  const empty = JSON.stringify({ ...update(`bytes-${bytes}`, 0), note: "" });
  const body = empty.replace(/""}$/, `"${"x".repeat(bytes - empty.length)}"}`);
  return { body, signature: await signBody(body) };
}

/** Posts chunks over a connection of its own; without a length they are sent with chunked encoding. */
async function post(chunks: readonly string[], headers: OutgoingHttpHeaders) {
  const outgoing = request(relay.url + WEBHOOKS, { method: "POST", headers, agent: false });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  // The relay may answer and close before it was sent everything; only then is an error none.
  outgoing.on("error", () => undefined);
  for (const chunk of chunks) outgoing.write(chunk);
  outgoing.end();
  const [response] = await answered;
  return { status: response.statusCode, body: JSON.parse(await text(response)) as unknown };
}

/** Sends bytes as they are and reads until the first line of an answer has come. */
async function sendRaw(head: string, body: string): Promise<string> {
  const { hostname, port } = new URL(relay.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  socket.write(`${head}\r\nhost: ${hostname}:${port}\r\n\r\n${body}`);
  let received = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    received += String(chunk);
    if (received.includes("\r\n")) break;
  }
  socket.destroy();
  return received.split("\r\n")[0] ?? "";
}

describe("a webhook's body", () => {
  it("is accepted up to 64 KiB", async () => {
    const { body, signature } = await webhookOf(MAX_BYTES);
    const headers = { "x-gb-signature": signature };
    expect(await post([body], { ...headers, "content-length": MAX_BYTES })).toMatchObject({
      status: 202,
    });
    expect(await post([body.slice(0, 9), body.slice(9)], headers)).toMatchObject({
      status: 200,
      body: { outcome: "duplicate" },
    });
  });

  it("is answered 413 above 64 KiB, signed or not, with a content-length or without", async () => {
    const { body, signature } = await webhookOf(MAX_BYTES + 1);
    const headers = { "x-gb-signature": signature };
    const tooLarge = { status: 413, body: { type: "urn:gameball-relay:problem:too-large" } };
    expect(await post([body], { ...headers, "content-length": body.length })).toMatchObject(
      tooLarge,
    );
    expect(await post([body.slice(0, 9), body.slice(9)], headers)).toMatchObject(tooLarge);
    // With some MB, wrangler's own proxy gives up before it passes the answer on.
    expect(await post(Array(4).fill("x".repeat(MAX_BYTES)), {})).toMatchObject(tooLarge);
  });

  it("cannot get in or get stuck by lying about its length", async () => {
    const { body, signature } = await webhookOf(MAX_BYTES + 1000);
    const head = `POST ${WEBHOOKS} HTTP/1.1\r\nx-gb-signature: ${signature}\r\ncontent-length: `;
    expect(await sendRaw(`${head}100`, body)).toMatch(/^HTTP\/1\.1 401 /);
    // Much is promised and never comes: the answer does not wait for it.
    expect(await sendRaw(`${head}100000000`, body)).toMatch(/^HTTP\/1\.1 413 /);
    expect(await relay.profile(`bytes-${body.length}`, "strong")).toBeNull();
    expect(await relay.ask("/health")).toMatchObject({ status: 200, body: { status: "ok" } });
  });
});

describe("a request to the webhook's address", () => {
  it.for(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "is answered 405 with what is allowed when it is a %s",
    async (method) => {
      const answer = await relay.ask(WEBHOOKS, { method });
      expect(answer).toMatchObject({ status: 405, body: { status: 405 } });
      expect(answer.headers.get("allow")).toBe("POST");
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    },
  );

  it("is answered 401 in the same words whether its signature is missing or wrong", async () => {
    const body = JSON.stringify(sampleWebhook());
    const signatures = [
      undefined,
      "",
      "nonsense",
      await signBody(body, "another-key"),
      await signBody(`${body} `),
      `'${await signBody(body)}'`,
    ];
    const answers = await Promise.all(
      signatures.map(async (signature) => {
        const headers = signature === undefined ? {} : { "x-gb-signature": signature };
        return relay.ask(WEBHOOKS, { method: "POST", headers, body });
      }),
    );
    const words = answers.map(({ status, text: answer }) => {
      const { request_id: id, ...rest } = JSON.parse(answer) as Record<string, unknown>;
      return JSON.stringify([status, typeof id, rest]);
    });
    expect(new Set(words).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { type: "urn:gameball-relay:problem:invalid-signature", status: 401 },
    });
  });

  it("is answered 400 when it is signed and not JSON, and 422 with every fault when it is invalid", async () => {
    const body = "customer@example.com";
    const headers = { "x-gb-signature": await signBody(body) };
    const notJson = await relay.ask(WEBHOOKS, { method: "POST", headers, body });
    expect(notJson.status).toBe(400);
    const invalid = await relay.send({
      ...update("", 0, { tier_order: "private", email: 7 }),
      created_at: "yesterday",
    });
    const pointers = ["/customer_id", "/created_at", "/data/tier_order", "/data/email"];
    expect(invalid.status).toBe(422);
    const { errors } = invalid.body as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(pointers.toSorted());
    for (const { text: words } of [notJson, invalid]) {
      expect(words).not.toMatch(/customer@example\.com|private|yesterday/);
    }
  });
});

describe("a request to the API", () => {
  it.for(["", API_TOKEN, `Basic ${API_TOKEN}`, "Bearer", "Bearer wrong", `Bearer ${API_TOKEN}x`])(
    "is answered 401 with the authorization %j",
    async (authorization) => {
      const headers = { authorization };
      for (const path of ["/v1/profiles/ann", "/v1/profiles/ann/deliveries", "/v1/nothing"]) {
        const answer = await relay.ask(path, { headers });
        expect(answer).toMatchObject({ status: 401, body: { status: 401 } });
        expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer/);
        expect(answer.text).not.toContain(API_TOKEN);
      }
    },
  );
});
