// wrangler.toml and .dev.vars, examined on the developer's machine.
import { dirname } from "node:path";
import * as v from "valibot";
import { checkBeforeDeployment } from "../check-configuration.ts";
import {
  type ConfigurationPlace,
  type Environment,
  readWranglerConfig,
  secretsIn,
  variablesForDev,
  type WranglerConfig,
} from "../configuration.ts";
import { checkBindings, checkStoreJurisdiction } from "./bindings.ts";
import { checkLiteralCredentials } from "./destinations.ts";
import { checkApart, checkEnvironment } from "./environments.ts";
import { checkFiles } from "./files.ts";
import { fault, type Finding, type Group } from "./finding.ts";
import { checkCompatibility, checkCron, checkObservability } from "./platform.ts";
import { checkQueue } from "./queue.ts";
import { readExampleValues, readSecretFiles } from "./read-files.ts";
import {
  checkNeededSecrets,
  checkPlainSecrets,
  checkTokens,
  type KnownSecret,
  type KnownSecrets,
  OPTIONAL_SECRETS,
} from "./secrets.ts";
import { checkSizes } from "./sizes.ts";
import { checkDevVariables, checkRiskyVariables, checkVariables } from "./variables.ts";

/** Examines everything that `npm run deploy` and `npm run dev` would begin with. */
export function examineConfiguration(
  place: ConfigurationPlace,
  environment: Environment,
): { readonly groups: readonly Group[]; readonly secrets: readonly string[] } {
  const config = tryToRead(place);
  if ("findings" in config) return { groups: [config], secrets: [] };
  const { configPath, vars } = config;
  const folder = dirname(configPath ?? ".");
  const dev = variablesForDev(config, place.env);
  const { secrets: needed } = checkBeforeDeployment(vars);
  const known = knownSecrets([...needed, ...OPTIONAL_SECRETS], vars, dev, environment);
  const values = Object.fromEntries([...known].map(([name, { value }]) => [name, value]));
  const groups = [
    {
      title: "Variables",
      findings: [
        ...checkVariables(vars, values),
        ...checkDevVariables(vars, dev, values),
        ...checkRiskyVariables(vars, dev),
        ...checkSizes({ ...values, ...vars }),
      ],
    },
    {
      title: "Secrets",
      findings: [
        ...checkPlainSecrets(vars, needed, place.env),
        ...checkLiteralCredentials(vars),
        ...checkTokens(known, readExampleValues(folder)),
        ...checkFiles(readSecretFiles(folder)),
        ...checkNeededSecrets(needed, known, place.env),
      ],
    },
    {
      title: "Platform",
      findings: [
        ...checkBindings(config),
        ...checkStoreJurisdiction(config),
        ...checkQueue(config),
        ...checkCron(config),
        ...checkCompatibility(config),
        ...checkObservability(config),
      ],
    },
    { title: "Environments", findings: checkEnvironments(config, place) },
  ];
  return { groups, secrets: Object.values(values) };
}

function tryToRead(place: ConfigurationPlace): WranglerConfig | Group {
  try {
    const config = readWranglerConfig(place, { hideWarnings: true });
    const { configPath, definedEnvironments = [] } = config;
    const { env } = place;
    if (configPath === undefined) return unreadable("there is no wrangler.toml here");
    // wrangler takes the top level for an environment that there is not.
    return env === undefined || definedEnvironments.includes(env)
      ? config
      : unreadable(`there is no [env.${env}] in it`);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const line = lineOf(error);
    return unreadable(line === null ? words : `${words} (line ${line})`);
  }
}

/** The line at which wrangler gave up reading. */
function lineOf(error: unknown): number | null {
  const parsed = v.safeParse(v.looseObject({ location: v.object({ line: v.number() }) }), error);
  return parsed.success ? parsed.output.location.line : null;
}

function unreadable(text: string): Group {
  const [first = "", ...more] = text.split("\n").map((line) => line.trim());
  return {
    title: "wrangler.toml",
    findings: [fault(first, ...more.filter((line) => line !== ""))],
  };
}

/** The secrets that this machine knows. The environment prevails; a plain variable is no secret. */
function knownSecrets(
  names: readonly string[],
  vars: Readonly<Record<string, unknown>>,
  dev: Readonly<Record<string, unknown>>,
  environment: Environment,
): KnownSecrets {
  const inEnvironment = secretsIn(environment, names);
  const known = names.flatMap((name): [string, KnownSecret][] => {
    const here = inEnvironment[name];
    const local = dev[name] === vars[name] ? undefined : dev[name];
    if (typeof local === "string" && local !== "") {
      return [[name, { value: here ?? local, from: "dev-vars" }]];
    }
    return here === undefined ? [] : [[name, { value: here, from: "environment" }]];
  });
  return new Map(known);
}

/** The other environments, seen from the top level; or the one that was asked for, apart from it. */
function checkEnvironments(
  config: WranglerConfig,
  { config: path, env }: ConfigurationPlace,
): Finding[] {
  const read = (name: string | undefined): WranglerConfig =>
    readWranglerConfig({ config: path, env: name }, { hideWarnings: true });
  if (env !== undefined) return checkApart(env, config, read(undefined));
  return (config.definedEnvironments ?? []).flatMap((name) =>
    checkEnvironment(name, read(name), config),
  );
}
