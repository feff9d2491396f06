// Looks for the files that hold secrets, and asks git what it does with them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { SecretFile } from "./files.ts";

const EXAMPLE = ".dev.vars.example";
const SECRETS = /^\.(?:dev\.vars|env)(?:\..+)?$/;

/** Looks at the files in a folder. */
export function readSecretFiles(folder: string): SecretFile[] {
  const names = readdirSync(folder).filter((name) => SECRETS.test(name) && name !== EXAMPLE);
  return names.toSorted().map((name) => ({
    name,
    git: gitOf(folder, name),
    hasTemplate: /\$\{[^}]+\}/.test(readFileSync(join(folder, name), "utf8")),
  }));
}

/** The values that the example of a `.dev.vars` has, in a folder. */
export function readExampleValues(folder: string): ReadonlySet<string> {
  const path = join(folder, EXAMPLE);
  if (!existsSync(path)) return new Set();
  const values = Object.values(parseEnv(readFileSync(path, "utf8")));
  return new Set(values.filter((value) => value !== undefined && value !== ""));
}

function gitOf(folder: string, name: string): SecretFile["git"] {
  const git = (...args: string[]): number | null =>
    spawnSync("git", ["-C", folder, ...args, "--", name], { stdio: "ignore" }).status;
  if (git("ls-files", "--error-unmatch") === 0) return "tracked";
  const ignored = git("check-ignore", "--quiet");
  if (ignored === 0) return "ignored";
  return ignored === 1 ? "untracked" : null;
}
