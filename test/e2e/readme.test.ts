// What the README tells people to copy, every block of TOML being a configuration that can be deployed, and
// what the code promises that it tells.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { checkBeforeDeployment } from "../../src/commands/check-configuration.ts";
import { readWranglerConfig } from "../../src/commands/configuration.ts";
import { FORMATS } from "../../src/destinations/destination.ts";

const root = dirname(dirname(import.meta.dirname));
const readme = await readFile(join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```toml\n(.*?)```/gs)].map(([, block]) => block ?? "");

/** The variables that wrangler reads from a block, those of its environment where it has one. */
async function variablesOf(block: string): Promise<Record<string, unknown>> {
  const directory = await mkdtemp(join(tmpdir(), "gameball-relay-readme-"));
  try {
    const config = join(directory, "wrangler.toml");
    await writeFile(config, `name = "relay"\ncompatibility_date = "2026-11-01"\n${block}`);
    const env = /\[env\.(\w+)/.exec(block)?.[1] ?? "";
    return readWranglerConfig({ config, env }, { hideWarnings: true }).vars;
  } finally {
    await rm(directory, { recursive: true });
  }
}

it.each(blocks)("has a block that can be deployed:\n%s", async (block) => {
  const { faults, secrets } = checkBeforeDeployment(await variablesOf(block));
  expect(faults).toEqual([]);
  expect(secrets.length).toBeGreaterThan(2);
});

it("has a block for every format", () => {
  const shown = FORMATS.filter((format) => blocks.some((block) => block.includes(`"${format}"`)));
  expect(shown).toEqual(FORMATS);
});

it("tells of every event of the log", async () => {
  const source = await readFile(join(root, "src/log.ts"), "utf8");
  const events = [...source.matchAll(/\| "([a-z_.]+)"/g)].map(([, event]) => `\`${event}\``);
  expect(events.length).toBeGreaterThan(10);
  expect(events.filter((event) => !readme.includes(event))).toEqual([]);
});
