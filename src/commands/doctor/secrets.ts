// Secrets: those that are missing on this machine, stand in the open, or are easy to guess. Pure.
import { fault, type Finding, ok, unless, warning } from "./finding.ts";

/** Secrets that the relay knows by name, and does without. */
export const OPTIONAL_SECRETS = [
  "GAMEBALL_SECRET_KEY_PREVIOUS",
  "API_READ_TOKEN",
  "ALERT_URL",
  "ALERT_SIGNING_SECRET",
];

/** A secret that is known on this machine. */
export interface KnownSecret {
  readonly value: string;
  readonly from: "dev-vars" | "environment";
}
export type KnownSecrets = ReadonlyMap<string, KnownSecret>;

/** Shorter tokens can be tried out. */
const MIN_TOKEN_LENGTH = 20;

const EXAMPLE =
  /^(?:change[\s_-]?me.*|replace[\s_-].*|example.*|your[\s_-].*|<.*>|\.\.\.|…|x+|secret|token|password|test)$/i;

const GENERATE = "a good one: openssl rand -hex 32";

/** The line that sets a secret of the deployed Worker. */
export function putSecret(name: string, env: string | undefined): string {
  return `npx wrangler secret put ${name}${env === undefined ? "" : ` --env ${env}`}`;
}

/** Which needed secrets this machine knows. What the deployed Worker has cannot be read back. */
export function checkNeededSecrets(
  needed: readonly string[],
  known: KnownSecrets,
  env: string | undefined,
): Finding[] {
  const local = needed.map((name) => {
    switch (known.get(name)?.from) {
      case "dev-vars":
        return ok(`${name} is set on this machine`);
      case "environment":
        return ok(`${name} is in the environment, where npm run dev does not look`);
      case undefined:
        return warning(
          `${name} is not set on this machine: npm run dev will answer 503`,
          `put the line ${name}=… into .dev.vars`,
        );
    }
  });
  const lines = needed.map((name) => putSecret(name, env));
  return [...local, ok("the deployed Worker needs each of them, set once:", ...lines)];
}

/** Secrets written as variables, which anybody who sees the repository or the dashboard can read. */
export function checkPlainSecrets(
  vars: Readonly<Record<string, unknown>>,
  needed: readonly string[],
  env: string | undefined,
): Finding[] {
  return [...new Set([...needed, ...OPTIONAL_SECRETS])]
    .filter((name) => (vars[name] ?? "") !== "")
    .map((name) =>
      fault(
        `${name} is written in wrangler.toml, in the open`,
        `remove it there, make a new one, and ${putSecret(name, env)}`,
      ),
    );
}

/** Tokens that are easy to guess, or that are one and the same. */
export function checkTokens(known: KnownSecrets, example: ReadonlySet<string>): Finding[] {
  const valueOf = (name: string): string => known.get(name)?.value ?? "";
  const apiToken = valueOf("API_TOKEN");
  const readToken = valueOf("API_READ_TOKEN");
  const unchanged = [...known]
    .filter(([, { value }]) => EXAMPLE.test(value) || example.has(value))
    .map(([name]) => fault(`${name} has the value of an example, which everybody knows`, GENERATE));
  const short = ["API_TOKEN", "API_READ_TOKEN"]
    .filter((name) => valueOf(name) !== "" && valueOf(name).length < MIN_TOKEN_LENGTH)
    .map((name) => warning(`${name} is shorter than ${MIN_TOKEN_LENGTH} characters`, GENERATE));
  return [
    ...unchanged,
    ...short,
    ...unless(
      apiToken === "" || apiToken !== readToken,
      fault("API_READ_TOKEN is API_TOKEN: who may read may do everything", GENERATE),
    ),
    ...unless(
      apiToken === "" || apiToken !== valueOf("GAMEBALL_SECRET_KEY"),
      fault("API_TOKEN is Gameball's key: who has one has both", GENERATE),
    ),
  ];
}
