// One call of a CRM whose access tokens expire: when it is sent again, and what no token means.
import { describe, expect, it } from "vitest";
import { callCrm, type CallContext, exchange } from "../../src/delivery/call.ts";
import type { RequestSpec } from "../../src/destinations/adapter.ts";
import type { Destination, OAuthClient } from "../../src/destinations/destination.ts";
import { adapterOf } from "../../src/destinations/formats.ts";
import type { Access } from "../../src/destinations/oauth.ts";
import { itemsOf } from "../support/adapters.ts";
import { sampleDelivery, sampleDestination } from "../support/samples.ts";

const CLIENT: OAuthClient = {
  tokenUrl: "https://crm.example.com/token",
  form: { client_secret: "client-secret-0123456789" },
  scheme: "Zoho-oauthtoken",
};
const OAUTH = { oauth: CLIENT, secrets: ["client-secret-0123456789"] };
const SPEC: RequestSpec = {
  method: "PATCH",
  url: "https://crm.example.com/hooks/loyalty/contacts",
  headers: { "x-a": "1" },
  body: "{}",
};

const NONE_LEFT: Access = { kind: "held", status: 0, reason: "a token too many was asked for" };

const token = (text: string): Access => ({ kind: "token", token: text, expiresAt: Infinity });

/** What was asked of the gate and of the CRM while a request was exchanged. */
async function run(
  accesses: readonly (Access | Promise<Access>)[],
  answers: readonly (Response | Error)[],
  changes: Partial<Destination> = OAUTH,
) {
  const rejections: (string | null)[] = [];
  const sent: Headers[] = [];
  const context: CallContext = {
    now: () => 0,
    accessToken: async (rejected) => {
      rejections.push(rejected);
      return accesses[rejections.length - 1] ?? NONE_LEFT;
    },
    fetcher: async (input, init) => {
      sent.push(new Request(input, init).headers);
      const answer = answers[sent.length - 1] ?? new Error("a call too many was made");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const result = await exchange(SPEC, sampleDestination(changes), 1_000, context);
  const authorizations = sent.map((headers) => headers.get("authorization"));
  return { result, rejections, authorizations, sent };
}

const unauthorized = (text = "") => new Response(text, { status: 401 });

describe("a call with an access token", () => {
  it("asks for none where the destination has none that expire", async () => {
    const { result, rejections, sent } = await run([], [unauthorized("no")], { oauth: null });
    expect(result).toMatchObject({ kind: "response", status: 401, text: "no" });
    expect(rejections).toEqual([]);
    expect(sent[0]?.has("authorization")).toBe(false);
  });

  it("carries it in the vendor's scheme, beside the request's own headers", async () => {
    const { result, authorizations, sent } = await run([token("t1")], [new Response("ok")]);
    expect(result).toMatchObject({ kind: "response", status: 200, text: "ok" });
    expect(authorizations).toEqual(["Zoho-oauthtoken t1"]);
    expect(sent[0]?.get("x-a")).toBe("1");
  });

  it("is sent again with a new one when the CRM rejects it", async () => {
    const { result, rejections, authorizations } = await run(
      [token("t1"), token("t2")],
      [unauthorized(), new Response("ok")],
    );
    expect(result).toMatchObject({ kind: "response", status: 200 });
    expect(rejections).toEqual([null, "t1"]);
    expect(authorizations).toEqual(["Zoho-oauthtoken t1", "Zoho-oauthtoken t2"]);
  });

  it("is sent no third time", async () => {
    const { result, rejections } = await run(
      [token("t1"), token("t2")],
      [unauthorized("first"), unauthorized("second")],
    );
    expect(result).toMatchObject({ kind: "response", status: 401, text: "second" });
    expect(rejections).toEqual([null, "t1"]);
  });

  it.each([403, 400, 500])("is not sent again after a %d", async (status) => {
    const { result, rejections } = await run([token("t1")], [new Response("", { status })]);
    expect(result).toMatchObject({ status });
    expect(rejections).toEqual([null]);
  });

  it("repeats neither a token nor a secret that the CRM repeated", async () => {
    const first = token("token-0123456789");
    const echo = new Response("token-9876543210 token-0123456789 client-secret-0123456789");
    const { result } = await run([first, token("token-9876543210")], [unauthorized(), echo]);
    expect(result).toMatchObject({ text: "*** *** ***" });
    const failed = new Error("bad header: Bearer token-0123456789");
    expect((await run([first], [failed])).result).toMatchObject({
      reason: "the connection failed: bad header: Bearer ***",
    });
  });
});

describe("a call without an access token", () => {
  const held: Access = {
    kind: "held",
    status: 400,
    reason: "the access token was refused: HTTP 400: client-secret-0123456789 is wrong",
  };
  const retry: Access = { kind: "retry", status: null, error: "no access token", afterMs: 5_000 };

  it("is not made, and means what the lack of the token means, without its secrets", async () => {
    const { result, sent } = await run([held], []);
    expect(sent).toEqual([]);
    expect(result).toEqual({
      ...held,
      reason: "the access token was refused: HTTP 400: *** is wrong",
    });
    expect((await run([retry], [])).result).toEqual(retry);
  });

  it("means that also where the first token was rejected", async () => {
    const { result, sent } = await run([token("t1"), held], [unauthorized()]);
    expect(sent).toHaveLength(1);
    expect(result).toMatchObject({ kind: "held", status: 400 });
  });

  it("may go better later where the gate is out of reach", async () => {
    const lost = Promise.reject<Access>(new Error("Network connection lost"));
    expect((await run([lost], [])).result).toEqual({
      kind: "retry",
      status: null,
      error: "no access token: its gate is out of reach",
      afterMs: null,
    });
  });

  it("ends within the destination's timeout, since a lease depends on it", async () => {
    const never = new Promise<Access>(() => undefined);
    expect((await run([never], [], { ...OAUTH, timeoutMs: 20 })).result).toEqual({
      kind: "retry",
      status: null,
      error: "no access token: none within 20 ms",
      afterMs: null,
    });
  });

  it("gives each of its deliveries that outcome", async () => {
    const destination = sampleDestination({ ...OAUTH, batch: 10 });
    const adapter = adapterOf(destination);
    const items = itemsOf(adapter, [sampleDelivery(), sampleDelivery({ event_id: "evt_2" })]);
    const { ended, status } = await callCrm(items, destination, adapter, {
      now: () => 0,
      accessToken: async () => retry,
      fetcher: async () => expect.fail("a call was made"),
    });
    expect(ended).toEqual(items.map((item) => ({ item, outcome: retry })));
    expect(status).toBeNull();
  });
});
