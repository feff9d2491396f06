// `npm run doctor`, as a person runs it: on good and broken configurations, and at relays that are well, unwell,
// or not there at all.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { API_READ_TOKEN, API_TOKEN } from "../support/bindings.ts";
import { FakeCrm } from "../support/fake-crm.ts";
import { Relay } from "../support/relay.ts";
import { update } from "../support/relay-client.ts";
import { answer } from "../support/replies.ts";

const root = dirname(dirname(import.meta.dirname));
const shipped = await readFile(join(root, "wrangler.toml"), "utf8");

const KEY = "f3a9d0c47b1e48d28a3c5e7f90b1d2c4";
const TOKEN = "0b8e6f1c2d3a4f5e9c7b8a6d5e4f3c2b";
const CRM_TOKEN = "9a7c5e3f1b2d4c6e8f0a1b3c5d7e9f1a";
const DEV_VARS = { GAMEBALL_SECRET_KEY: KEY, API_TOKEN: TOKEN, MY_TOKEN: CRM_TOKEN };

const CRM = `
[[vars.DESTINATIONS]]
id = "my-crm"
url = "https://crm.example.com/hooks/loyalty"
headers = { authorization = "Bearer \${MY_TOKEN}" }
`;

/** The shipped configuration with a CRM, and nothing to warn of. */
const GOOD = shipped
  .replace("\n[[kv_namespaces]]", `${CRM}\n[[kv_namespaces]]`)
  .replace(/(\[observability\]\n)(?![^[]*redact_query_string)/, "$1redact_query_string = true\n");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gameball-relay-doctor-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}
type Values = Readonly<Record<string, string>>;

/** The environment without what would be taken for the user's own. */
const { API_TOKEN: _own, API_READ_TOKEN: _read, ...surroundings } = process.env;

/** Runs `npm run doctor -- …`. */
async function doctor(args: readonly string[], environment: Values = {}): Promise<Ran> {
  const npm = ["run", "--silent", "doctor", "--", ...args];
  const env = { ...surroundings, ...environment };
  const child = spawn("npm", npm, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { status, out, errors };
}

/** Runs it on a wrangler.toml and a `.dev.vars` in a folder of their own. */
async function examine(
  toml: string,
  { devVars = DEV_VARS, args = [] }: { devVars?: Values | null; args?: readonly string[] } = {},
): Promise<Ran> {
  const config = join(folder, "wrangler.toml");
  await writeFile(config, toml);
  if (devVars !== null) {
    const lines = Object.entries(devVars).map(([name, value]) => `${name}=${value}`);
    await writeFile(join(folder, ".dev.vars"), lines.join("\n"));
  }
  return doctor(["--config", config, ...args]);
}

describe("npm run doctor on this machine", () => {
  it("has nothing to say against the shipped configuration with a CRM and its secrets", async () => {
    const { status, out, errors } = await examine(GOOD);
    expect(out).toContain("the variables are valid; 1 CRM: my-crm");
    expect(out).toMatch(/Nothing is wrong\.\n$/);
    expect([status, errors]).toEqual([0, ""]);
    for (const secret of Object.values(DEV_VARS)) expect(out).not.toContain(secret);
  });

  it("says of a fresh checkout what npm run dev lacks, and what the Worker needs", async () => {
    const { status, out } = await examine(GOOD, { devVars: null });
    expect(status).toBe(0);
    for (const name of ["GAMEBALL_SECRET_KEY", "API_TOKEN", "MY_TOKEN"]) {
      expect(out).toContain(`warning  ${name} is not set on this machine`);
      expect(out).toContain(`→ npx wrangler secret put ${name}\n`);
    }
    expect(out).toMatch(/0 faults, 3 warnings\.\n$/);
  });

  it.each<[string, (toml: string) => string, string]>([
    [
      "a secret as a variable",
      (toml) => toml.replace("[vars]", `[vars]\nAPI_TOKEN = "${TOKEN}"`),
      "API_TOKEN is written in wrangler.toml",
    ],
    [
      "a credential that is written out",
      (toml) => toml.replace("${MY_TOKEN}", CRM_TOKEN),
      "DESTINATIONS/0/headers/authorization is written in wrangler.toml",
    ],
    [
      "insecure destinations",
      (toml) => toml.replace("[vars]", '[vars]\nALLOW_INSECURE_DESTINATIONS = "true"'),
      "ALLOW_INSECURE_DESTINATIONS is deployed",
    ],
    [
      "a flag that is missing",
      (toml) => toml.replace('"global_fetch_strictly_public",', ""),
      "the flag global_fetch_strictly_public is missing",
    ],
    [
      "a consumer of another queue",
      (toml) =>
        toml.replace(
          'consumers]]\nqueue = "gameball-relay-deliveries"',
          'consumers]]\nqueue = "x"',
        ),
      "nobody consumes gameball-relay-deliveries",
    ],
    [
      "a gate without a binding",
      (toml) => toml.replace('name = "GATES"', 'name = "GATE"'),
      "GATES is not bound",
    ],
    [
      "classes that are not kept in SQLite",
      (toml) => toml.replace("new_sqlite_classes", "new_classes"),
      "the class Ledger is in new_classes",
    ],
    [
      "an environment without bindings",
      (toml) => `${toml}\n[env.staging]\n`,
      "[env.staging] DELIVERIES is not bound",
    ],
    [
      "a list of CRMs that is too long",
      (toml) =>
        toml.replace('id = "my-crm"', `id = "my-crm"\nonly_on = [${'"tier.name",'.repeat(500)}]`),
      "the platform refuses more than 5120",
    ],
    ["a file that is no TOML", (toml) => `${toml}\n[[[`, "wrangler.toml"],
  ])("finds %s, and says what to do", async (_what, change, words) => {
    const changed = change(GOOD);
    expect(changed).not.toBe(GOOD);
    const { status, out } = await examine(changed);
    expect(out).toMatch(/^ {2}fault /m);
    expect(out).toContain(words);
    expect(status).toBe(1);
    for (const secret of Object.values(DEV_VARS)) expect(out).not.toContain(secret);
  });

  it("names all faults of the destinations at once, and those that only secrets show", async () => {
    const toml = GOOD.replace(
      'id = "my-crm"',
      'id = "Not An Id"\nbatch = 0\nsigning_secret = "${MY_SIGNING_SECRET}"',
    );
    const devVars = { ...DEV_VARS, MY_SIGNING_SECRET: "not-a-signing-secret" };
    const { status, out } = await examine(toml, { devVars });
    for (const key of ["id", "batch", "signing_secret"]) {
      expect(out).toContain(`fault    DESTINATIONS/0/${key}: `);
    }
    expect(out).not.toContain("not-a-signing-secret");
    expect(status).toBe(1);
  });

  it("looks at one environment with --env, and knows none that there is not", async () => {
    const staging = await examine(`${GOOD}\n[env.staging]\n`, { args: ["--env", "staging"] });
    expect(staging.status).toBe(1);
    expect(staging.out).toContain("no CRM is configured");
    expect(staging.out).toContain("npx wrangler secret put API_TOKEN --env staging");
    const unknown = await examine(GOOD, { args: ["--env", "staging"] });
    expect([unknown.status, unknown.out]).toEqual([
      1,
      expect.stringContaining("there is no [env.staging] in it") as unknown,
    ]);
  });

  it("finds secrets that git has, or may take", async () => {
    const git = (...args: string[]) =>
      expect(spawnSync("git", ["-C", folder, ...args]).status).toBe(0);
    git("init", "--quiet");
    const loose = await examine(GOOD);
    expect(loose.out).toContain("git does not ignore .dev.vars");
    git("add", ".dev.vars");
    const tracked = await examine(GOOD);
    expect(tracked.out).toContain("fault    .dev.vars is in git");
    git("rm", "--quiet", "--cached", ".dev.vars");
    await writeFile(join(folder, ".gitignore"), ".dev.vars*\n");
    const ignored = await examine(GOOD);
    expect(ignored.out).toContain("ok       .dev.vars stays on this machine");
    expect([loose.status, tracked.status, ignored.status]).toEqual([1, 1, 0]);
  });

  it("prints JSON for scripts, and nothing else", async () => {
    const { status, out } = await examine(GOOD, { devVars: null, args: ["--json"] });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ faults: 0, warnings: 3, findings: expect.any(Array) });
  });

  it("takes no token as an argument, and notices a forgotten --", async () => {
    const token = await doctor(["--url", "http://127.0.0.1:1", "--token", TOKEN]);
    expect([token.status, token.errors]).toEqual([1, expect.stringContaining("history")]);
    const taken = await doctor([], { npm_config_url: "true" });
    expect([taken.status, taken.errors]).toEqual([1, expect.stringContaining("-- --url")]);
    const odd = await doctor(["--nonsense"]);
    expect([odd.status, odd.errors]).toEqual([
      1,
      expect.stringContaining("npm run doctor -- --url"),
    ]);
  });
});

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
    const { status, out } = await look(relay.url, { API_TOKEN: TOKEN });
    expect(out).toContain("fault    API_TOKEN is not the relay's");
    expect(out).not.toContain(TOKEN);
    expect(status).toBe(1);
  });

  it("sends samples only when it is told to, and only with API_TOKEN", async () => {
    const readOnly = await look(relay.url, { API_READ_TOKEN }, "--test");
    expect(readOnly.out).toContain("a test needs API_TOKEN");
    expect(samplesOf(crm)).toBe(0);
    const { out, status } = await look(relay.url, { API_TOKEN }, "--test");
    expect(out).toMatch(/ok {7}well: the sample was acknowledged, HTTP 200 after \d+ ms/);
    expect(out).toMatch(/fault {4}locked: the sample was turned away, HTTP 401/);
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
