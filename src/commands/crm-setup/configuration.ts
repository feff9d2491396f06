// One destination as wrangler.toml and the secrets on this machine have it.
import { parseDestination, type ConfiguredDestination } from "../../config.ts";
import { secretsNamedIn } from "../check-configuration.ts";
import {
  type ConfigurationPlace,
  type Environment,
  readWranglerConfig,
  secretsIn,
  variablesForDev,
} from "../configuration.ts";

/**
 * Reads the destination of an id. Secrets are in `.dev.vars`, which wrangler reads, or in `environment`,
 * which prevails.
 */
export function readDestination(
  id: string,
  place: ConfigurationPlace,
  environment: Environment,
): ConfiguredDestination {
  const values = variablesForDev(readWranglerConfig(place), place.env);
  const named = secretsIn(environment, secretsNamedIn(values["DESTINATIONS"]));
  return parseDestination({ ...values, ...named }, id);
}
