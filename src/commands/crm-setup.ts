// `npm run crm:setup -- <destination id>`: tries a CRM's credentials, creates the fields that the relay
// writes, and says what is left for a person. Runs in Node, on the developer's machine.
import { parseArgs } from "node:util";
import type { ResponseSummary, RequestSpec } from "../destinations/adapter.ts";
import { attempt } from "../destinations/attempt.ts";
import type { Destination } from "../destinations/destination.ts";
import { type Access, readToken, requestToken } from "../destinations/oauth.ts";
import { mask } from "../destinations/mask.ts";
import { exchange } from "../delivery/call.ts";
import { chosenEnvironment, placeOptions } from "./configuration.ts";
import { readDestination } from "./crm-setup/configuration.ts";
import { setUp } from "./crm-setup/run.ts";

const USAGE =
  "npm run crm:setup -- <destination id> [--dry-run] [--config <wrangler.toml>] [--env <name>]";

/** A description of all of an account's fields is long. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_TOKEN_BYTES = 16 * 1024;

/** Node says why a connection failed in the cause of its error alone. */
const fetcher: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, init);
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    throw cause instanceof Error && cause.message !== "" ? cause : error;
  }
};

process.exitCode = (await run().catch(complain)) ? 0 : 1;

async function run(): Promise<boolean> {
  const chosen = readArguments();
  if (chosen === null) {
    console.error(USAGE);
    return false;
  }
  const { id, place, isDryRun } = chosen;
  const configured = readDestination(id, place, process.env);
  if (!configured.ok) {
    const lines = configured.faults.map(({ pointer, detail }) => `vars${pointer}: ${detail}`);
    for (const line of lines) console.error(`wrangler.toml: ${line}`);
    if (lines.some((line) => line.includes("needs the secret"))) {
      console.error("Secrets are read from .dev.vars beside it, or from the environment.");
    }
    return false;
  }
  const { destination } = configured;
  const say = (line: string): void => console.log(mask(line, destination.secrets));
  return setUp(destination, { ask: asker(destination), say, isDryRun });
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ...placeOptions,
        "dry-run": { type: "boolean", default: false },
      },
    });
    const [id, ...others] = positionals;
    if (id === undefined || others.length > 0) return null;
    const { config } = values;
    const env = chosenEnvironment(values.env, process.env);
    // npm takes the flag for its own where `--` is forgotten, and nobody means to change anything then.
    const isDryRun = values["dry-run"] || process.env["npm_config_dry_run"] === "true";
    return { id, place: { config, env }, isDryRun };
  } catch (error) {
    complain(error);
    return null;
  }
}

/** Says what went wrong on this machine, such as a file that is not there. */
function complain(error: unknown): false {
  console.error(error instanceof Error ? error.message : String(error));
  return false;
}

/** Sends requests to a destination, with an access token where it takes one. */
function asker(destination: Destination): (spec: RequestSpec) => ReturnType<typeof exchange> {
  const { oauth, timeoutMs } = destination;
  let known: Access | null = null;
  const accessToken = async (rejected: string | null): Promise<Access> => {
    if (oauth === null) throw new Error(`${destination.id} takes no access token`);
    if (known?.kind !== "token" || known.token === rejected) {
      const limits = { timeoutMs, maxBytes: MAX_TOKEN_BYTES, fetcher };
      const answer: ResponseSummary = await attempt(requestToken(oauth), limits);
      known = readToken(answer, Date.now(), destination.secrets);
    }
    return known;
  };
  return async (spec) =>
    exchange(spec, destination, MAX_BYTES, { fetcher, now: Date.now, accessToken });
}
