// What the tests of `npm run doctor` share: findings as lines, and answers of a relay.
import type { RelayAnswer } from "../../src/commands/doctor/answer.ts";
import type { Finding } from "../../src/commands/doctor/finding.ts";
import type { KnownSecrets } from "../../src/commands/doctor/secrets.ts";

/** Findings as lines: `fault: what is wrong`. */
export function linesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ level, text }) => `${level}: ${text}`);
}

/** The levels of findings. */
export function levelsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ level }) => level);
}

/** All remedies. */
export function remediesOf(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ remedy }) => remedy);
}

/** Secrets as `.dev.vars` has them. */
export function secretsOf(values: Readonly<Record<string, string>>): KnownSecrets {
  return new Map(
    Object.entries(values).map(([name, value]) => [name, { value, from: "dev-vars" as const }]),
  );
}

/** An answer of a relay, read at a time (ms of Unix time). */
export function relayAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  at: number = 0,
): RelayAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { kind: "answer", status, headers: new Headers(headers), text, at };
}
