// One destination as wrangler.toml and the secrets on this machine have it.
import {
  unstable_getVarsForDev as getVarsForDev,
  unstable_readConfig as readConfig,
} from "wrangler";
import { parseDestination, type ConfiguredDestination } from "../../config.ts";
import { secretsNamedIn } from "../check-configuration.ts";

/** Which wrangler.toml, and which of its environments. */
export interface ConfigurationPlace {
  readonly config: string | undefined;
  readonly env: string | undefined;
}

/**
 * Reads the destination of an id. Secrets are in `.dev.vars`, which wrangler reads, or in `environment`,
 * which prevails.
 */
export function readDestination(
  id: string,
  place: ConfigurationPlace,
  environment: Readonly<Record<string, string | undefined>>,
): ConfiguredDestination {
  const { configPath, vars, secrets } = readConfig(place);
  const bindings = getVarsForDev(configPath, undefined, vars, place.env, true, secrets);
  const values = Object.fromEntries(
    Object.entries(bindings).map(([name, binding]) => [
      name,
      "value" in binding ? binding.value : null,
    ]),
  );
  const named = secretsNamedIn(values["DESTINATIONS"]).flatMap((name) => {
    const value = environment[name] ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  return parseDestination({ ...values, ...Object.fromEntries(named) }, id);
}
