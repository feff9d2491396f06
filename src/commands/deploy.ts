// `npm run deploy`: refuses a configuration that would answer 503, then hands over to wrangler. Runs in
// Node, on the developer's machine.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { checkBeforeDeployment } from "./check-configuration.ts";
import { chosenEnvironment, placeOptions, readWranglerConfig } from "./configuration.ts";
import { putSecret } from "./doctor/secrets.ts";

const args = process.argv.slice(2);
const { values } = parseArgs({ args, strict: false, options: placeOptions });
const named = (value: string | boolean | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

const env = chosenEnvironment(named(values["env"]), process.env);
const { vars } = readWranglerConfig({ config: named(values["config"]), env });
const { faults, secrets } = checkBeforeDeployment(vars);
for (const { pointer, detail } of faults) console.error(`wrangler.toml: vars${pointer}: ${detail}`);
if (faults.length > 0) {
  console.error("Nothing was deployed.");
  process.exitCode = 1;
} else {
  console.log("The configuration is valid. It needs these secrets, each set once by");
  console.log(`${putSecret("<name>", env)}: ${secrets.join(", ")}\n`);
  const { status } = spawnSync("wrangler", ["deploy", ...args], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}
