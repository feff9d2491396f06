// `npm run doctor`: says what is missing or unsafe in wrangler.toml and .dev.vars, or at a deployed relay, each
// with its remedy. Runs in Node, on the developer's machine.
import { parseArgs } from "node:util";
import { mask } from "../destinations/mask.ts";
import { chosenEnvironment, type Environment, placeOptions, secretsIn } from "./configuration.ts";
import { asker } from "./doctor/answer.ts";
import { examineConfiguration } from "./doctor/examine-configuration.ts";
import { examineRelay, HOW_TO_GIVE_A_TOKEN } from "./doctor/examine-relay.ts";
import { count, type Group, render, toJson } from "./doctor/finding.ts";
import { readAddress } from "./doctor/relay.ts";
import type { KnownSecrets } from "./doctor/secrets.ts";

const USAGE = `npm run doctor                      looks at wrangler.toml and .dev.vars
npm run doctor -- --env <name>      at an environment; --config <file> at another wrangler.toml
npm run doctor -- --url https://…   at a deployed relay, with API_TOKEN or API_READ_TOKEN from the environment:
                                    ${HOW_TO_GIVE_A_TOKEN}
                  --test            which then also sends each CRM a sample customer
                  --json            for scripts: npm run --silent doctor -- --json`;

/** Shorter secrets are words that a line may hold anyway. */
const MIN_MASKED = 6;

const OPTIONS = {
  ...placeOptions,
  url: { type: "string" },
  test: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  token: { type: "string" },
} as const;

/** Options that npm takes for its own where `--` is forgotten. */
const TAKEN_BY_NPM = ["url", "test", "env", "config"];

const NO_TOKEN = `A token is no argument: it would stay in the shell's history. Give it by
${HOW_TO_GIVE_A_TOKEN}
and make a new one: this one is in there.`;

process.exitCode = (await run().catch(complain)) ? 0 : 1;

async function run(): Promise<boolean> {
  const chosen = readArguments(process.env);
  if (chosen === null) return false;
  if (chosen.isHelp) {
    console.log(USAGE);
    return true;
  }
  const { groups, secrets } = await examine(chosen, process.env);
  const shown = maskAll(groups, secrets);
  console.log(chosen.isJson ? toJson(shown) : render(shown).join("\n"));
  return count(groups, "fault") === 0;
}

/** No check shows a secret; should one stand where it does not belong, it is hidden there. */
function maskAll(groups: readonly Group[], secrets: readonly string[]): Group[] {
  const long = secrets.filter(({ length }) => length >= MIN_MASKED);
  const hide = (text: string): string => mask(text, long);
  return groups.map(({ title, findings }) => ({
    title: hide(title),
    findings: findings.map(({ level, text, remedy }) => ({
      level,
      text: hide(text),
      remedy: remedy.map(hide),
    })),
  }));
}

type Chosen = NonNullable<ReturnType<typeof readArguments>>;
interface Examined {
  readonly groups: readonly Group[];
  readonly secrets: readonly string[];
}

async function examine(
  { url, place, isTest }: Chosen,
  environment: Environment,
): Promise<Examined> {
  if (url === undefined) return examineConfiguration(place, environment);
  const address = readAddress(url);
  if ("faults" in address) {
    return { groups: [{ title: "Relay", findings: address.faults }], secrets: [] };
  }
  const { origin } = address;
  const ask = asker(origin, fetch, Date.now);
  const values = secretsIn(environment, ["API_TOKEN", "API_READ_TOKEN"]);
  const tokens: KnownSecrets = new Map(
    Object.entries(values).map(([name, value]) => [name, { value, from: "environment" }]),
  );
  const groups = await examineRelay({ origin, ask, tokens, isTest, now: Date.now });
  return { groups, secrets: Object.values(values) };
}

/** What was asked for; `null` when that cannot be, which is said. */
function readArguments(environment: Environment) {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: OPTIONS });
    const complaint = complaintOf(values, positionals, environment);
    if (complaint !== null) {
      console.error(complaint);
      return null;
    }
    const { config, url, test } = values;
    const env = chosenEnvironment(values.env, environment);
    const isJson = values.json || environment["npm_config_json"] === "true";
    return { place: { config, env }, url, isTest: test, isJson, isHelp: values.help };
  } catch (error) {
    complain(error);
    console.error(USAGE);
    return null;
  }
}

/** What is wrong with the arguments. None of them is repeated: it may be a token. */
function complaintOf(
  { token, test, url }: { token?: string; test: boolean; url?: string },
  positionals: readonly string[],
  environment: Environment,
): string | null {
  if (token !== undefined) return NO_TOKEN;
  const taken = TAKEN_BY_NPM.find((name) => environment[`npm_config_${name}`] !== undefined);
  if (taken !== undefined) {
    return `npm took --${taken} for its own, as a -- is missing: npm run doctor -- --${taken} …`;
  }
  if (positionals.length > 0) return USAGE;
  return test && url === undefined
    ? "--test needs --url: it is the deployed relay that sends the samples."
    : null;
}

/** Says what went wrong on this machine. */
function complain(error: unknown): false {
  console.error(error instanceof Error ? error.message : String(error));
  return false;
}
