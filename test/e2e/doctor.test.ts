// `npm run doctor`, as a person runs it, on good and broken configurations.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { doctor, type Ran, type Values } from "../support/doctor-command.ts";

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

  it("takes the example of .dev.vars, copied and not filled in, for what it is", async () => {
    const example = await readFile(join(root, ".dev.vars.example"), "utf8");
    await writeFile(join(folder, ".dev.vars"), example);
    const { status, out } = await examine(GOOD, { devVars: null });
    expect(out).toContain("warning  API_TOKEN is not set on this machine");
    expect([status, out]).toEqual([0, expect.stringMatching(/0 faults, 3 warnings\.\n$/)]);
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
    const positional = await doctor([TOKEN]);
    expect([positional.status, positional.errors]).toEqual([1, expect.not.stringContaining(TOKEN)]);
    const odd = await doctor(["--nonsense"]);
    expect([odd.status, odd.errors]).toEqual([
      1,
      expect.stringContaining("npm run doctor -- --url"),
    ]);
  });
});
