// The variables of wrangler.toml, and what .dev.vars makes of them for npm run dev. Pure.
import { checkBeforeDeployment } from "../check-configuration.ts";
import type { Fault } from "../../faults.ts";
import { destinationsIn } from "./destinations.ts";
import { fault, type Finding, ok, plural, unless, warning } from "./finding.ts";

type Values = Readonly<Record<string, unknown>>;

/** Everything that `npm run deploy` refuses; and what it cannot see, as secrets are `known` here. */
export function checkVariables(vars: Values, known: Readonly<Record<string, string>>): Finding[] {
  const { faults } = checkBeforeDeployment(vars, known);
  if (faults.length > 0) {
    return faults.map((one) =>
      fault(lineOf(one), "correct it: a relay with it answers 503 to every webhook"),
    );
  }
  const ids = destinationsIn(vars).map(({ id }) => id);
  return ids.length === 0
    ? [warning("no CRM is configured: profiles are kept for lookup alone", ADD_DESTINATION)]
    : [ok(`the variables are valid; ${plural(ids.length, "CRM")}: ${ids.join(", ")}`)];
}

const ADD_DESTINATION = "add a [[vars.DESTINATIONS]] table; the README has one for each CRM";

/** What `.dev.vars` gets wrong beyond wrangler.toml. */
export function checkDevVariables(
  vars: Values,
  dev: Values,
  known: Readonly<Record<string, string>>,
): Finding[] {
  const deployed = new Set(checkBeforeDeployment(vars, known).faults.map(lineOf));
  // An empty line of .dev.vars takes a variable away; a secret that is empty is told with the secrets.
  const filled = Object.entries(dev).filter(([name, value]) => value !== "" || name in vars);
  return checkBeforeDeployment(Object.fromEntries(filled), known)
    .faults.map(lineOf)
    .filter((line) => !deployed.has(line))
    .map((line) => fault(`npm run dev: ${line}`, "correct it in .dev.vars"));
}

/** Variables that are right, and not harmless. */
export function checkRiskyVariables(vars: Values, dev: Values): Finding[] {
  const insecure = vars["ALLOW_INSECURE_DESTINATIONS"];
  const isSet = (values: Values): boolean => (values["JURISDICTION"] ?? "") !== "";
  return [
    ...unless(
      insecure !== "true" && insecure !== true,
      fault(
        "ALLOW_INSECURE_DESTINATIONS is deployed: profiles and credentials may go unencrypted",
        'move it to .dev.vars: ALLOW_INSECURE_DESTINATIONS="true"',
      ),
    ),
    ...unless(
      !isSet(vars) || !isSet(dev),
      warning(
        "npm run dev will answer 503: the local runtime has no jurisdictions",
        "put the line JURISDICTION= into .dev.vars",
      ),
    ),
  ];
}

function lineOf({ pointer, detail }: Fault): string {
  return `${pointer.slice(1)}: ${detail}`;
}
