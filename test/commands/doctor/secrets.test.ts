// What the doctor says of secrets, and that it never says one.
import { describe, expect, it } from "vitest";
import { checkLiteralCredentials } from "../../../src/commands/doctor/destinations.ts";
import { checkFiles, type SecretFile } from "../../../src/commands/doctor/files.ts";
import {
  checkNeededSecrets,
  checkPlainSecrets,
  checkTokens,
} from "../../../src/commands/doctor/secrets.ts";
import { levelsOf, linesOf, remediesOf, secretsOf } from "../../support/doctor.ts";

const GOOD = "5f0c0a9d6e3b4f1d8a7c2b9e4d6f1a3c";
const NONE = new Set<string>();

describe("needed secrets", () => {
  it("that are missing are named, with the line for .dev.vars and the one for the Worker", () => {
    const known = secretsOf({ API_TOKEN: GOOD });
    const findings = checkNeededSecrets(["API_TOKEN", "ACME_TOKEN"], known, "staging");
    expect(levelsOf(findings)).toEqual(["ok", "warning", "ok"]);
    expect(remediesOf(findings)).toEqual([
      "put the line ACME_TOKEN=… into .dev.vars",
      "npx wrangler secret put API_TOKEN --env staging",
      "npx wrangler secret put ACME_TOKEN --env staging",
    ]);
  });

  it("that only the environment has are not there for npm run dev", () => {
    const known = new Map([["API_TOKEN", { value: GOOD, from: "environment" as const }]]);
    const [finding] = linesOf(checkNeededSecrets(["API_TOKEN"], known, undefined));
    expect(finding).toMatch(
      /^ok: API_TOKEN is in the environment, where npm run dev does not look/,
    );
  });
});

describe("secrets in wrangler.toml", () => {
  it("are faults, whether the relay knows them by name or a destination names them", () => {
    const vars = { API_TOKEN: GOOD, ACME_TOKEN: GOOD, ALERT_URL: "", LEDGER_PARTITIONS: 16 };
    const findings = checkPlainSecrets(vars, ["API_TOKEN", "ACME_TOKEN"], undefined);
    expect(linesOf(findings)).toEqual([
      "fault: API_TOKEN is written in wrangler.toml, in the open",
      "fault: ACME_TOKEN is written in wrangler.toml, in the open",
    ]);
    expect(JSON.stringify(findings)).not.toContain(GOOD);
  });
});

/** Where a destination has credentials in the open. */
const places = (destination: object): (string | undefined)[] =>
  linesOf(checkLiteralCredentials({ DESTINATIONS: [destination] })).map(
    (line) => /DESTINATIONS\/0\/(\S+)/.exec(line)?.[1],
  );

describe("credentials of destinations", () => {
  it.each([
    [{ headers: { authorization: `Bearer ${GOOD}` } }, "headers/authorization"],
    [{ headers: { "X-Api-Key": GOOD } }, "headers/X-Api-Key"],
    [{ headers: { cookie: GOOD } }, "headers/cookie"],
    [{ credentials: { token: GOOD } }, "credentials/token"],
    [{ credentials: { client_id: "public", client_secret: GOOD } }, "credentials/client_secret"],
    [{ signing_secret: `whsec_${GOOD}` }, "signing_secret"],
    [{ url: `https://crm.example.com/hook?api_key=${GOOD}` }, "url"],
    [{ url: `https://user:${GOOD}@crm.example.com/` }, "url"],
  ])("are found where they stand in the open: %j", (settings, place) => {
    expect(places({ id: "crm", ...settings })).toEqual([place]);
  });

  it.each([
    { headers: { authorization: "Bearer ${TOKEN}", "x-source": "gameball" } },
    { credentials: { site_id: "public", api_key: "${KEY}" }, signing_secret: "${SECRET}" },
    { url: "https://crm.example.com/hook?api_key=${KEY}&source=gameball" },
    { url: "${URL}" },
    { url: 7, headers: "wrong", credentials: [] },
  ])("are fine where they are named, or where there are none: %j", (settings) => {
    expect(places({ id: "crm", ...settings })).toEqual([]);
  });

  it("are found where the destinations are JSON text, and a pasted secret is no name", () => {
    const text = JSON.stringify([{ id: "crm", credentials: { [`${GOOD} ${GOOD}`]: GOOD } }]);
    const findings = checkLiteralCredentials({ DESTINATIONS: text });
    expect(linesOf(findings)).toEqual([expect.stringContaining("DESTINATIONS/0/credentials/… ")]);
    expect(JSON.stringify(findings)).not.toContain(GOOD);
  });
});

describe("tokens", () => {
  it("that are long and different are nothing to speak of", () => {
    const known = secretsOf({ API_TOKEN: GOOD, API_READ_TOKEN: `${GOOD}r` });
    expect(checkTokens(known, NONE)).toEqual([]);
    expect(checkTokens(new Map(), NONE)).toEqual([]);
  });

  it.each([
    ["are short", { API_TOKEN: "0123456789012345678" }, "warning: API_TOKEN is shorter"],
    ["are one", { API_TOKEN: GOOD, API_READ_TOKEN: GOOD }, "fault: API_READ_TOKEN is API_TOKEN"],
    ["are Gameball's", { API_TOKEN: GOOD, GAMEBALL_SECRET_KEY: GOOD }, "fault: API_TOKEN is Gam"],
    ["are examples", { GAMEBALL_SECRET_KEY: "change-me" }, "fault: GAMEBALL_SECRET_KEY has"],
  ])("that %s are found, and how to make a good one is said", (_what, values, line) => {
    const findings = checkTokens(secretsOf(values), NONE);
    expect(linesOf(findings)).toEqual([expect.stringContaining(line)]);
    expect(remediesOf(findings)).toEqual(["a good one: openssl rand -hex 32"]);
    for (const value of Object.values(values)) {
      expect(JSON.stringify(findings)).not.toContain(value);
    }
  });

  it("that have a value of .dev.vars.example are known to everybody", () => {
    const findings = checkTokens(secretsOf({ ACME_TOKEN: GOOD }), new Set([GOOD]));
    expect(levelsOf(findings)).toEqual(["fault"]);
  });
});

/** A file that git ignores, with changes. */
const file = (name: string, changes: Partial<SecretFile> = {}): SecretFile => ({
  name,
  git: "ignored",
  hasTemplate: false,
  ...changes,
});

describe("files with secrets", () => {
  it.each<[string, SecretFile[], string[]]>([
    ["there are none", [], []],
    ["git ignores it", [file(".dev.vars")], ["ok: .dev.vars stays on this machine"]],
    ["there is no git", [file(".dev.vars", { git: null })], ["ok: .dev.vars stays"]],
    ["git has it", [file(".dev.vars", { git: "tracked" })], ["fault: .dev.vars is in git"]],
    ["git may take it", [file(".env", { git: "untracked" })], ["fault: git does not ignore .env"]],
    ["it is not read", [file(".dev.vars"), file(".env")], ["warning: .env is not read"]],
    ["wrangler changes it", [file(".env", { hasTemplate: true })], ["fault: .env holds ${…}"]],
    ["it is plain", [file(".env")], []],
  ])("are judged: %s", (_what, files, lines) => {
    expect(linesOf(checkFiles(files))).toEqual(
      lines.map((line) => expect.stringContaining(line) as unknown),
    );
  });
});
