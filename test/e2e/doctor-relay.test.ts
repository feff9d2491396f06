// `npm run doctor -- --url`, as a person runs it, at relays that are well, unwell, or not there at all.
import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { doctor, type Ran, type Values } from "../support/doctor-command.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { Relay } from "../support/relay.ts";
import { update } from "../support/relay-client.ts";
import { answer } from "../support/replies.ts";

const WRONG_TOKEN = "0b8e6f1c2d3a4f5e9c7b8a6d5e4f3c2b";

/** Runs it on a relay. */
const look = async (url: string, environment: Values = {}, ...args: string[]): Promise<Ran> =>
  doctor(["--url", url, ...args], environment);

/** How many samples a CRM was sent. */
const samplesOf = (crm: FakeCrm): number => crm.requestsOf("gameball-relay-test").length;

describe("npm run doctor -- --url", () => {
  let relay: Relay;
  let crm: FakeCrm;
  let locked: FakeCrm;

  beforeAll(async () => {
    [crm, locked] = await Promise.all([FakeCrm.open(), FakeCrm.open()]);
    locked.replyToAll(answer(401, "who are you?"));
    relay = await Relay.start({
      API_READ_TOKEN,
      DESTINATIONS: [
        { id: "well", url: crm.url },
        { id: "locked", url: locked.url },
      ],
    });
    await relay.accept(update("ann", 0));
    await relay.isSynced("ann", "well");
    await relay.becomes("ann", "locked", { state: "held" });
  });
  afterAll(async () => {
    await relay.stop();
    await Promise.all([crm.close(), locked.close()]);
  });

  it("says how each CRM stands, with either token, and shows none", async () => {
    for (const tokens of [{ API_TOKEN }, { API_READ_TOKEN }]) {
      const { status, out } = await look(relay.url, tokens);
      expect(out).toContain("ok       the relay is there, and its configuration is valid");
      expect(out).toContain("ok       a webhook without a signature is refused");
      expect(out).toContain("ok       the API is shut without a token");
      expect(out).toContain("ok       well: deliveries go out, everybody is in step");
      expect(out).toMatch(/fault {4}locked turns everything away since .*HTTP 401/);
      expect(status).toBe(1);
      for (const token of Object.values(tokens)) expect(out).not.toContain(token);
    }
  });

  it("examines only the doors without a token, and says how to give one", async () => {
    const { status, out } = await look(relay.url);
    expect(out).toContain("no token is given");
    expect(out).toContain("read -rs API_TOKEN; export API_TOKEN");
    expect(status).toBe(0);
  });

  it("says so where the token is another's", async () => {
    const { status, out } = await look(relay.url, { API_TOKEN: WRONG_TOKEN });
    expect(out).toContain("fault    API_TOKEN is not the relay's");
    expect(out).not.toContain(WRONG_TOKEN);
    expect(status).toBe(1);
  });

  it("sends samples only when it is told to, and only with API_TOKEN", async () => {
    const readOnly = await look(relay.url, { API_READ_TOKEN }, "--test");
    expect(readOnly.out).toContain("a test needs API_TOKEN");
    expect(samplesOf(crm)).toBe(0);
    const { out, status } = await look(relay.url, { API_TOKEN }, "--test");
    expect(out).toMatch(/ok {7}well: the sample was acknowledged after \d+ ms \(HTTP 200\)/);
    expect(out).toMatch(/fault {4}locked: the sample was turned away after \d+ ms \(.*HTTP 401/);
    expect([status, samplesOf(crm)]).toEqual([1, 1]);
  });

  it("names the faults of a relay that is not configured, each with its remedy", async () => {
    const faulty = await Relay.start({
      API_TOKEN: "",
      DESTINATIONS: [{ id: "crm", url: "${NONE}" }],
    });
    try {
      const { status, out } = await look(faulty.url, { API_TOKEN });
      expect(out).toContain("→ npx wrangler secret put API_TOKEN\n");
      expect(out).toContain("→ npx wrangler secret put NONE\n");
      expect(out).toContain("webhooks are answered HTTP 503, The relay is not configured");
      expect(status).toBe(1);
    } finally {
      await faulty.stop();
    }
  });

  it("says that nobody is there, or that somebody else is", async () => {
    const server = createServer((_, response) => {
      response.end("<html>Welcome</html>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" ? address?.port : null;
    const url = `http://127.0.0.1:${port}`;
    const other = await look(url);
    expect(other.out).toContain("what answers is not the relay: HTTP 200");
    server.close();
    server.closeAllConnections();
    await once(server, "close");
    const nobody = await look(url);
    expect(nobody.out).toMatch(/nobody is there \(.*ECONNREFUSED/);
    expect([other.status, nobody.status]).toEqual([1, 1]);
  });

  it("sends no token over a network in the open", async () => {
    const { status, out } = await look("http://relay.example.com", { API_TOKEN });
    expect([status, out]).toEqual([1, expect.stringContaining("is not https")]);
  });
});
