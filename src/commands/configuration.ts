// wrangler.toml and the secrets on this machine, as wrangler itself reads them. Shared by all commands.
import {
  type Unstable_Config,
  unstable_getVarsForDev as getVarsForDev,
  unstable_readConfig as readConfig,
} from "wrangler";

/** Which wrangler.toml, and which of its environments. */
export interface ConfigurationPlace {
  readonly config: string | undefined;
  readonly env: string | undefined;
}

/** A wrangler.toml, read for one of its environments. */
export type WranglerConfig = Unstable_Config;

/** The process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The options by which every command names the place. */
export const placeOptions = {
  config: { type: "string", short: "c" },
  env: { type: "string", short: "e" },
} as const;

/** The environment that is meant, as wrangler has it: CLOUDFLARE_ENV may name it, an empty name is the top level. */
export function chosenEnvironment(
  option: string | undefined,
  environment: Environment,
): string | undefined {
  return (option ?? environment["CLOUDFLARE_ENV"] ?? "") || undefined;
}

/** Reads wrangler.toml. Throws what wrangler says of a file that is missing or malformed. */
export function readWranglerConfig(
  place: ConfigurationPlace,
  options: { readonly hideWarnings?: boolean } = {},
): WranglerConfig {
  return readConfig({ config: place.config, env: place.env ?? "" }, options);
}

/**
 * The variables of wrangler.toml with what `.dev.vars` adds and replaces: what `npm run dev` hands to the
 * Worker.
 */
export function variablesForDev(
  { configPath, vars, secrets }: WranglerConfig,
  env: string | undefined,
): Record<string, unknown> {
  const bindings = getVarsForDev(configPath, undefined, vars, env, true, secrets);
  return Object.fromEntries(
    Object.entries(bindings).map(([name, binding]) => [
      name,
      "value" in binding ? binding.value : null,
    ]),
  );
}

/** Those of the secrets that the environment holds. */
export function secretsIn(
  environment: Environment,
  names: readonly string[],
): Record<string, string> {
  const found = names.flatMap((name) => {
    const value = environment[name] ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
