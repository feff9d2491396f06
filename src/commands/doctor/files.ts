// The files beside wrangler.toml that hold secrets: what git and wrangler make of them. Pure.
import { fault, type Finding, ok, warning } from "./finding.ts";

/** What is known of a file; git's part is `null` where there is no repository. */
export interface SecretFile {
  readonly name: string;
  readonly git: "tracked" | "ignored" | "untracked" | null;
  /** It holds a `${…}`, which wrangler replaces in `.env` and leaves alone in `.dev.vars`. */
  readonly hasTemplate: boolean;
}

/** What is wrong with how secrets are kept on this machine. */
export function checkFiles(files: readonly SecretFile[]): Finding[] {
  const devVars = files.filter(({ name }) => name.startsWith(".dev.vars"));
  const findings = [
    ...files.flatMap(judgeGit),
    ...files
      .filter(({ name }) => name.startsWith(".env"))
      .flatMap((file) => judgeEnv(file, devVars.length > 0)),
  ];
  if (findings.length > 0 || devVars.length === 0) return findings;
  return [ok(`${devVars.map(({ name }) => name).join(" and ")} stays on this machine`)];
}

function judgeGit({ name, git }: SecretFile): Finding[] {
  if (git === "tracked") {
    return [
      fault(
        `${name} is in git: everybody who has the repository has its secrets`,
        `git rm --cached ${name}, add it to .gitignore, and make every secret in it anew`,
      ),
    ];
  }
  return git === "untracked"
    ? [fault(`git does not ignore ${name}: the next git add takes it`, `add ${name} to .gitignore`)]
    : [];
}

function judgeEnv({ name, hasTemplate }: SecretFile, hasDevVars: boolean): Finding[] {
  if (hasDevVars) {
    return [
      warning(
        `${name} is not read, since there is .dev.vars`,
        "move to .dev.vars what the relay is to have of it",
      ),
    ];
  }
  return hasTemplate
    ? [
        fault(
          `${name} holds \${…}, which wrangler replaces before the relay sees it`,
          `rename ${name} to ${name.replace(".env", ".dev.vars")}`,
        ),
      ]
    : [];
}
