// A relay whose configuration is wrong: it takes nothing, says why, and gives no secret away.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_TOKEN, SECRET_KEY } from "../support/bindings.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { Relay } from "../support/relay.ts";

/** Values that stand where the operator should have put something else, or nothing. */
const SECRETS = {
  password: "hunter2-in-the-url",
  token: "token-in-a-setting",
  signing: "signing-secret-without-prefix",
  pasted: "pasted-into-braces!",
};

let faulty: Relay;
let unreadable: Relay;

beforeAll(async () => {
  [faulty, unreadable] = await Promise.all([
    Relay.start({
      GAMEBALL_SECRET_KEY: undefined,
      API_TOKEN: "",
      ALLOW_INSECURE_DESTINATIONS: undefined,
      LEDGER_PARTITIONS: "many",
      SIGNING: SECRETS.signing,
      DESTINATIONS: [
        { id: "plain", url: "http://crm.example.com/hook" },
        { id: "inside", url: `https://user:${SECRETS.password}@10.0.0.1/hook` },
        { id: "inside", url: "https://[::ffff:127.0.0.1]/hook", token: SECRETS.token },
        {
          id: "secrets",
          url: "https://crm.example.com/hook",
          headers: { authorization: "Bearer ${NOT_SET}", "x-key": `\${${SECRETS.pasted}}` },
          signing_secret: "${SIGNING}",
        },
        { id: "limits", url: "https://crm.example.com/hook", batch: 0, timeout_ms: SECRETS.token },
      ],
    }),
    Relay.start({ DESTINATIONS: `[{"id": "acme", "headers": {"x": "${SECRETS.token}"` }),
  ]);
});

afterAll(async () => {
  await faulty?.stop();
  await unreadable?.stop();
});

function expectNoSecrets(text: string): void {
  for (const secret of [...Object.values(SECRETS), SECRET_KEY, API_TOKEN]) {
    expect(text).not.toContain(secret);
  }
}

describe("a relay that is not configured rightly", () => {
  it("answers /health with 503 and every fault at once, and none holds a secret", async () => {
    const { status, text, body } = await faulty.ask("/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: "misconfigured" });
    const { faults } = body as { faults: { pointer: string; detail: string }[] };
    const places = faults.map(({ pointer }) => pointer);
    const expected = [
      "/GAMEBALL_SECRET_KEY",
      "/API_TOKEN",
      "/LEDGER_PARTITIONS",
      "/DESTINATIONS/0/url",
      "/DESTINATIONS/1/url",
      "/DESTINATIONS/2/url",
      "/DESTINATIONS/2/token",
      "/DESTINATIONS/3/headers/authorization",
      "/DESTINATIONS/3/headers/x-key",
      "/DESTINATIONS/3/signing_secret",
      "/DESTINATIONS/4/batch",
      "/DESTINATIONS/4/timeout_ms",
    ];
    expect(places).toEqual(expect.arrayContaining(expected));
    expect(faults.every(({ detail }) => detail !== "")).toBe(true);
    expect(text).toContain("NOT_SET");
    expectNoSecrets(text);
  });

  it("names a DESTINATIONS that is no JSON without repeating it", async () => {
    const { status, text, body } = await unreadable.ask("/health");
    expect(status).toBe(503);
    expect(body).toMatchObject({ faults: [{ pointer: "/DESTINATIONS" }] });
    expectNoSecrets(text);
  });

  it("answers 503 to webhooks, so that Gameball sends them again, and to the API", async () => {
    for (const relay of [faulty, unreadable]) {
      const authorization = `Bearer ${API_TOKEN}`;
      const answers = [
        await relay.send(update("ann", 0)),
        await relay.ask("/webhooks/gameball", { method: "POST", body: "unsigned" }),
        await relay.ask(profilePath("ann"), { headers: { authorization } }),
        await relay.ask(profilePath("ann"), { method: "DELETE", headers: { authorization } }),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({
          status: 503,
          body: { type: "urn:gameball-relay:problem:not-configured", status: 503 },
        });
        expectNoSecrets(answer.text);
      }
    }
  });

  it("names the faults in its log, without a secret", () => {
    expect(faulty.output).toContain('"event":"configuration.invalid"');
    expect(faulty.output).toContain("/DESTINATIONS/3/signing_secret");
    for (const relay of [faulty, unreadable]) expectNoSecrets(relay.output);
  });
});
