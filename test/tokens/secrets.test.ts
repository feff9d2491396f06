// Vendors that repeat all that they are told: neither a token nor what it is asked for with is shown anywhere.
import { beforeEach, expect, it, vi } from "vitest";
import { CLIENT, REFRESH_TOKEN } from "../support/crms/tokens.ts";
import type { VendorRequest } from "../support/crms/vendor.ts";
import { eventually } from "../support/eventually.ts";
import { OperatorClient } from "../support/operator.ts";
import { profilePath, update } from "../support/relay-client.ts";
import { relay } from "../support/relay-in-workerd.ts";
import { withVendors } from "../support/vendors-in-workerd.ts";

const vendors = withVendors();
const operator = new OperatorClient(relay);

const SECRETS = [...Object.values(CLIENT), REFRESH_TOKEN];
const TOKEN = /access-token-\d+/;

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});

/** Looks at all that an operator may see: the log, and what the API answers. */
async function expectNoSecrets(): Promise<void> {
  const trial = await operator.test("zoho");
  const paths = [
    "/health",
    "/v1/destinations",
    "/v1/destinations/zoho",
    "/v1/destinations/zoho/dead-letters",
    profilePath("ann"),
    `${profilePath("ann")}/deliveries`,
  ];
  const answers = await Promise.all(paths.map(async (path) => operator.get(path)));
  const texts = [...answers.map(({ text }) => text), JSON.stringify(trial), ...lines];
  expect(lines.length).toBeGreaterThan(0);
  for (const text of texts) {
    expect(text).not.toMatch(TOKEN);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  }
}

/** Answers with all that a request said, and so with its token or what asks for one. */
const echo =
  (status: number) =>
  ({ headers, body }: VendorRequest): Response => {
    const values = [...new URLSearchParams(body).values()];
    return new Response([headers["authorization"], ...values].join(" "), { status });
  };

/** The newest error that an operator is shown. */
async function newestError(): Promise<string | undefined> {
  return (await operator.look("zoho")).last_errors[0]?.error;
}

it.each([
  ["rejected", 400],
  ["failed", 500],
  ["refused", 403],
])("a delivery that is %s", async (_, status) => {
  vendors.answers("www.zohoapis.com", echo(status));
  await relay.accept(update("ann", 1));
  await eventually(async () => {
    expect(await newestError()).toMatch(/HTTP \d+: Zoho-oauthtoken \*\*\*/);
  });
  await expectNoSecrets();
});

it.each([
  ["refused", 400, "the access token was refused: HTTP 400: "],
  ["not given for now", 500, "no access token: HTTP 500: "],
])("a token that is %s", async (_, status, words) => {
  vendors.answers("accounts.zoho.com", echo(status));
  await relay.accept(update("ann", 1));
  await eventually(async () => {
    expect(await newestError()).toBe(`${words}refresh_token *** *** ***`);
  });
  await expectNoSecrets();
});

it("an answer with a token that is not understood", async () => {
  vendors.answers("accounts.zoho.com", ({ body }) =>
    Response.json({ access_token: "access-token-7", expires_in: "soon", body }),
  );
  await relay.accept(update("ann", 1));
  await eventually(async () => {
    expect(await newestError()).toBe("no access token: HTTP 200: not understood");
  });
  await expectNoSecrets();
});

it("a connection that fails in the words of the request", async () => {
  vendors.answers("www.zohoapis.com", ({ headers }) =>
    Promise.reject(new Error(`cannot send ${headers["authorization"]}`)),
  );
  await relay.accept(update("ann", 1));
  await eventually(async () => {
    expect(await newestError()).toBe("the connection failed: cannot send Zoho-oauthtoken ***");
  });
  await expectNoSecrets();
});
