// What lets the relay into a CRM's own API: which settings it takes, which of them are secrets, and where
// tokens are had.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { destinationSchema } from "../../src/destinations/destination-schema.ts";
import { faultsOf } from "../../src/faults.ts";

type Settings = Readonly<Record<string, unknown>>;

const HUBSPOT = { id: "crm", format: "hubspot" };
const SALESFORCE = { id: "crm", format: "salesforce", url: "https://acme.my.salesforce.com" };
const ZOHO = { id: "crm", format: "zoho" };
const CLIENT = { client_id: "client-id-0123456789", client_secret: "${CLIENT_SECRET}" };

const secretOf = (name: string) => (name === "CLIENT_SECRET" ? "s3cret" : undefined);
const parse = (settings: Settings) => v.safeParse(destinationSchema(secretOf, false), settings);
const faults = (settings: Settings) =>
  faultsOf(parse(settings).issues ?? []).map(({ pointer, detail }) => [pointer, detail]);

describe("credentials that are a header", () => {
  it("make it, and are secrets", () => {
    expect(
      parse({ ...HUBSPOT, credentials: { token: "pat-na1-0123456789" } }).output,
    ).toMatchObject({
      headers: { authorization: "Bearer pat-na1-0123456789" },
      oauth: null,
      secrets: ["pat-na1-0123456789"],
    });
  });

  it("may be given as the header itself", () => {
    const headers = { Authorization: "Bearer pat-na1-0123456789" };
    expect(parse({ ...HUBSPOT, headers }).output).toMatchObject({
      headers: { authorization: headers.Authorization },
      oauth: null,
    });
  });

  it("are not to be given twice, since both would be sent", () => {
    const credentials = { token: "pat-na1-0123456789" };
    const headers = { Authorization: "Bearer other" };
    expect(faults({ ...HUBSPOT, headers, credentials })).toEqual([
      ["/headers", "must not set authorization: credentials do"],
    ]);
  });

  it("are missed, and what is not known is named", () => {
    expect(faults(HUBSPOT)).toEqual([["/credentials/token", "is missing"]]);
    expect(faults({ ...HUBSPOT, credentials: { token: "", tokn: "x" } })).toEqual([
      ["/credentials/tokn", "must be among token"],
      ["/credentials/token", "is missing"],
    ]);
  });

  it("are refused where no header may have them", () => {
    for (const token of ["pat\n1", "pat-\u{1f600}", "\ud800"]) {
      expect(faults({ ...HUBSPOT, credentials: { token } })).toEqual([
        ["/credentials", "are no value that a header may have"],
      ]);
    }
  });

  it("have no place for a token's url", () => {
    const credentials = { token: "x", token_url: "https://example.com" };
    expect(faults({ ...HUBSPOT, credentials })).toEqual([
      ["/credentials/token_url", "must be among token"],
    ]);
  });
});

describe("credentials of a client whose tokens expire", () => {
  it("are all secrets, but for where tokens are had and what they are for", () => {
    const credentials = {
      ...CLIENT,
      refresh_token: "refresh-token-0123456789",
      token_url: "https://accounts.example.com/oauth/v2/token",
      scope: "ZohoCRM.modules.ALL",
    };
    expect(parse({ ...ZOHO, credentials }).output).toMatchObject({
      headers: {},
      oauth: { tokenUrl: "https://accounts.example.com/oauth/v2/token" },
      secrets: ["s3cret", "client-id-0123456789", "refresh-token-0123456789"],
    });
  });

  it("may be a header's, with a token that somebody else renews", () => {
    const headers = { authorization: "Bearer 00D-token-0123456789" };
    expect(parse({ ...SALESFORCE, headers }).output).toMatchObject({ headers, oauth: null });
  });

  it("are not to be given beside such a header", () => {
    const headers = { AUTHORIZATION: "Bearer 00D-token-0123456789" };
    expect(faults({ ...SALESFORCE, headers, credentials: CLIENT })).toEqual([
      ["/headers", "must not set authorization: credentials do"],
    ]);
  });

  it("are missed, and what is not known is named", () => {
    expect(faults({ ...SALESFORCE, credentials: { soid: "ZohoCRM.1" } })).toEqual([
      ["/credentials/soid", "must be among client_id, client_secret, refresh_token, token_url"],
      ["/credentials/client_id", "is missing"],
      ["/credentials/client_secret", "is missing"],
    ]);
  });

  it.each(["http://accounts.example.com", "https://10.0.0.1/token", "accounts"])(
    "go to no place that is not safe: %s",
    (token_url) => {
      const found = faults({ ...ZOHO, credentials: { ...CLIENT, token_url } });
      expect(found.map(([pointer]) => pointer)).toEqual(["/credentials/token_url"]);
    },
  );

  it("do not miss where tokens are had as long as the API's own address is missing", () => {
    expect(faults({ ...SALESFORCE, url: undefined, credentials: CLIENT })).toEqual([
      ["/url", "is missing"],
    ]);
  });

  it("need it where the API's address does not tell", () => {
    expect(faults({ ...ZOHO, url: "https://crm.example.com", credentials: CLIENT })).toEqual([
      ["/credentials/token_url", "is missing: this url does not tell where tokens are had"],
    ]);
  });
});
