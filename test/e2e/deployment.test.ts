// `npm run deploy`, as far as it goes without an account: what it refuses, and what it would upload.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it, vi } from "vitest";
import { unstable_readConfig } from "wrangler";
import packageJson from "../../package.json" with { type: "json" };
import { checkBeforeDeployment } from "../../src/commands/check-configuration.ts";

/**
 * What starts fast. Of 79 KB ten formats take 9, and the API's description 12, of which the converter to
 * JSON Schema is 4; the rest of the room is for what is still to come.
 */
const MAX_BUNDLE_BYTES = 110 * 1024;
/** Cloudflare Workers, Limits: the start may take a second. */
const MAX_STARTUP_MS = 1_000;

const root = dirname(dirname(import.meta.dirname));
const folder = mkdtempSync(join(tmpdir(), "gameball-relay-deployment-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `npm run deploy -- …`. */
function deploy(...args: string[]): { status: number | null; output: string } {
  const npm = ["run", "--silent", "deploy", "--", ...args];
  const { status, stdout, stderr } = spawnSync("npm", npm, { cwd: root, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("npm run deploy", () => {
  it("would upload a bundle of at most 110 KB, gzipped", () => {
    const { status, output } = deploy("--dry-run", "--outdir", folder);
    expect(output).toContain("GAMEBALL_SECRET_KEY, API_TOKEN");
    expect(output).toContain("env.METRICS (gameball_relay)");
    expect(status).toBe(0);
    const bundle = readFileSync(join(folder, "index.js"), "utf8");
    expect(gzipSync(bundle).byteLength).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
    // wrangler has put in that this is production.
    expect(bundle).not.toContain("process.env.NODE_ENV");
  });

  it("would log every line that the relay writes, and neither invocations nor query strings", () => {
    const { observability } = unstable_readConfig({ config: join(root, "wrangler.toml") });
    expect(observability).toMatchObject({
      enabled: true,
      redact_query_string: true,
      logs: { enabled: true, head_sampling_rate: 1, invocation_logs: false },
    });
  });

  it.each([
    ["production", 0.1],
    ["development", 1],
  ])("in %s makes the share of the lines about what goes well %d", async (environment, share) => {
    vi.stubEnv("NODE_ENV", environment);
    vi.resetModules();
    const { parseConfiguration } = await import("../../src/config.ts");
    vi.unstubAllEnvs();
    const secrets = { GAMEBALL_SECRET_KEY: "key", API_TOKEN: "token" };
    const bindings = { PROFILES: {}, DELIVERIES: {}, LEDGER: {}, GATES: {} };
    const parsed = parseConfiguration({ ...secrets, ...bindings });
    expect(parsed).toMatchObject({ configuration: { logShare: share } });
  });

  it("refuses a wrong configuration and names every fault", () => {
    const config = join(folder, "wrangler.toml");
    writeFileSync(
      config,
      `${readFileSync(join(root, "wrangler.toml"), "utf8")}
[[vars.DESTINATIONS]]
id = "Not An Id"
url = "http://10.0.0.1/?key=pasted-secret"
batch = 0
`,
    );
    const { status, output } = deploy("--config", config, "--dry-run");
    expect(status).toBe(1);
    for (const key of ["id", "url", "batch"]) expect(output).toContain(`/DESTINATIONS/0/${key}:`);
    expect(output).toContain("Nothing was deployed.");
    expect(output).not.toMatch(/pasted-secret|Total Upload/);
  });
});

describe("npm run deploy of an environment", () => {
  const config = join(root, "wrangler.toml");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const example = /```toml\n(\[env\.staging[^]*?)```/.exec(readme)?.[1] ?? "";
  /** A copy of the project with the README's environment, changed or not. */
  const place = (change: (toml: string) => string = (toml) => toml): string => {
    const path = join(folder, "environments.toml");
    const toml = readFileSync(config, "utf8").replace("src/index.ts", join(root, "src/index.ts"));
    writeFileSync(path, toml + change(example));
    return path;
  };

  it("would upload the README's example, with bindings and a queue of its own", () => {
    const { status, output } = deploy("--config", place(), "--env", "staging", "--dry-run");
    expect(status).toBe(0);
    expect(output).toContain("npx wrangler secret put <name> --env staging: ");
    expect(output).toMatch(/secret put.*ACME_TOKEN/);
    expect(output).toMatch(/env\.DELIVERIES \(gameball-relay-deliveries-staging\)/);
    for (const name of ["LEDGER", "GATES", "PROFILES", "DESTINATIONS"]) {
      expect(output).toContain(`env.${name} `);
    }
    const production = deploy("--config", place(), "--env=", "--dry-run");
    expect(production.status).toBe(0);
    expect(production.output).not.toMatch(/staging/);
  });

  it("is refused for its own variables, and for nobody else's", () => {
    const wrong = place((toml) => toml.replace("https://staging", "http://staging"));
    const staging = deploy("--config", wrong, "--env", "staging", "--dry-run");
    expect(staging.status).toBe(1);
    expect(staging.output).toContain("/DESTINATIONS/0/url");
    expect(deploy("--config", wrong, "--env=", "--dry-run").status).toBe(0);
  });

  it("leaves the doctor content with the example", () => {
    const npm = ["run", "--silent", "doctor", "--", "--config", place()];
    for (const env of [["--env", "staging"], []]) {
      const { status, stdout } = spawnSync("npm", [...npm, ...env], {
        cwd: root,
        encoding: "utf8",
      });
      expect(stdout).toMatch(/^0 faults, /m);
      expect(status).toBe(0);
    }
  });
});

describe("what the platform is told", () => {
  it("starts within the platform's second", () => {
    const outfile = join(folder, "startup.cpuprofile");
    const args = ["check", "startup", "--outfile", outfile];
    const { status, stdout } = spawnSync("wrangler", args, { cwd: root, encoding: "utf8" });
    expect(status).toBe(0);
    const [, active] = /Active: ([\d.]+) ms/.exec(stdout) ?? [];
    expect(Number(active)).toBeLessThan(MAX_STARTUP_MS);
  });

  it("asks at the deploy button for the secrets that no relay can do without", () => {
    const text = readFileSync(join(root, ".dev.vars.example"), "utf8");
    const asked = [...text.matchAll(/^([A-Z_]+)=""/gm)].map(([, name]) => name);
    expect(asked).toEqual(checkBeforeDeployment({}).secrets);
  });

  it("describes every binding, variable and secret of the README at the deploy button", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const named = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:variable|secret)/gm)];
    const names = [...named.map(([, name]) => name), "PROFILES", "DELIVERIES", "LEDGER", "GATES"];
    const described = new Set(Object.keys(packageJson.cloudflare.bindings));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !described.has(name ?? ""))).toEqual([]);
  });
});

describe("a configuration before its deployment", () => {
  const destination = {
    id: "acme-crm",
    url: "${ACME_URL}",
    headers: { authorization: "Bearer ${ACME_TOKEN}" },
    signing_secret: "${ACME_SIGNING_SECRET}",
  };

  it("is not judged by values that only its secrets have, and says which it needs", () => {
    const { faults, secrets } = checkBeforeDeployment({ DESTINATIONS: [destination] });
    expect(faults).toEqual([]);
    expect(secrets).toEqual([
      "GAMEBALL_SECRET_KEY",
      "API_TOKEN",
      "ACME_URL",
      "ACME_TOKEN",
      "ACME_SIGNING_SECRET",
    ]);
  });

  it("is judged by everything else, also where the destinations are JSON text", () => {
    const DESTINATIONS = JSON.stringify([{ ...destination, batch: -1 }]);
    const { faults } = checkBeforeDeployment({ DESTINATIONS, LEDGER_PARTITIONS: 0 });
    const pointers = faults.map(({ pointer }) => pointer);
    expect(pointers).toEqual(["/LEDGER_PARTITIONS", "/DESTINATIONS/0/batch"]);
  });

  const plain = { ...destination, url: "https://crm.example.com", signing_secret: undefined };
  it.each([
    ["is no JSON", JSON.stringify([plain]).slice(1), "is not valid JSON"],
    ["names an id twice", JSON.stringify([plain, plain]), "acme-crm"],
  ])("is judged as a whole where the text %s, though secrets are in it", (_what, text, words) => {
    const { faults } = checkBeforeDeployment({ DESTINATIONS: text });
    expect(faults).toEqual([
      { pointer: "/DESTINATIONS", detail: expect.stringContaining(words) as unknown },
    ]);
  });

  it("is judged by what its secrets have where these are known", () => {
    const known = { ACME_URL: "http://10.0.0.1", ACME_TOKEN: "x" };
    const { faults } = checkBeforeDeployment({ DESTINATIONS: [destination] }, known);
    expect(faults.map(({ pointer }) => pointer)).toEqual(["/DESTINATIONS/0/url"]);
  });
});
