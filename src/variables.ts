// The variables of the environment, each by itself, with their limits and what they are when they are not set.
import * as v from "valibot";
import { destinationSchema } from "./destinations/destination-schema.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./destinations/standard-webhooks.ts";
import type { SecretOf } from "./destinations/template.ts";
import { checkDestinationUrl } from "./destinations/url-safety.ts";
import { JURISDICTIONS, jurisdictionSchema } from "./jurisdiction.ts";

/** Partitions that a ledger has at most. */
export const MAX_PARTITIONS = 256;
const DEFAULT_PARTITIONS = 16;

const DEFAULT_LOG_SHARE = isDeployed() ? 0.1 : 1;

const JURISDICTION_RULE = `must be one of ${JURISDICTIONS.join(", ")}`;

const SET_SECRET = "is not set: npx wrangler secret put";

const secret = (name: string) =>
  v.pipe(v.string(`${SET_SECRET} ${name}`), v.nonEmpty(`${SET_SECRET} ${name}`));

/** An unset variable and an empty one are the same. */
const optional = <const TSchema extends v.GenericSchema, const TDefault>(
  schema: TSchema,
  fallback: TDefault,
  message: string,
) =>
  v.union(
    [
      v.pipe(
        v.optional(v.literal(""), ""),
        v.transform(() => fallback),
      ),
      schema,
    ],
    message,
  );

const text = v.pipe(v.union([v.string(), v.number()]), v.transform(String));

const partitions = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)), v.number()]),
  v.integer("must be a whole number"),
  v.minValue(1, "must be at least 1"),
  v.maxValue(MAX_PARTITIONS, `must be at most ${MAX_PARTITIONS}`),
);

const share = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d*\.?\d+$/), v.transform(Number)), v.number()]),
  v.minValue(0, "must be at least 0"),
  v.maxValue(1, "must be at most 1"),
);

const flag = v.pipe(
  v.optional(v.union([v.string(), v.boolean()]), ""),
  v.transform((value) => String(value)),
  v.picklist(["", "true", "false"], 'must be "true" or "false"'),
  v.transform((value) => value === "true"),
);

const alertUrl = (allowInsecure: boolean) =>
  v.pipe(
    v.string(),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? checkDestinationUrl(dataset.value, allowInsecure) : null;
      if (fault !== null) addIssue({ message: fault });
    }),
  );

const alertSigningSecret = v.pipe(v.string(), v.check(isSigningSecret, SIGNING_SECRET_RULE));

const binding = (name: string) =>
  v.custom<object>(
    (value) => typeof value === "object" && value !== null,
    `the binding is missing in wrangler.toml: ${name}`,
  );

/** The list of the destinations, each still to be parsed; it may be written as JSON. */
export const listSchema = v.pipe(
  v.optional(v.unknown(), []),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    if (typeof dataset.value !== "string") return dataset.value;
    if (dataset.value.trim() === "") return [];
    try {
      return JSON.parse(dataset.value) as unknown;
    } catch {
      addIssue({ message: "is not valid JSON" });
      return NEVER;
    }
  }),
);

/** The schema of all variables of an environment, so that all faults are found at once. */
export function variablesSchema(env: Readonly<Record<string, unknown>>) {
  const allowInsecure = allowsInsecure(env);
  return v.object({
    PROFILES: binding("PROFILES"),
    DELIVERIES: binding("DELIVERIES"),
    LEDGER: binding("LEDGER"),
    GATES: binding("GATES"),
    GAMEBALL_SECRET_KEY: secret("GAMEBALL_SECRET_KEY"),
    GAMEBALL_SECRET_KEY_PREVIOUS: optional(v.string(), null, "must be a string"),
    API_TOKEN: secret("API_TOKEN"),
    API_READ_TOKEN: optional(v.string(), null, "must be a string"),
    GAMEBALL_CLIENT_ID: optional(text, null, "must be a string"),
    LEDGER_PARTITIONS: optional(partitions, DEFAULT_PARTITIONS, "must be a number"),
    JURISDICTION: optional(jurisdictionSchema(env["LEDGER"]), null, JURISDICTION_RULE),
    ALLOW_INSECURE_DESTINATIONS: flag,
    ALERT_URL: optional(alertUrl(allowInsecure), null, "must be a string"),
    ALERT_SIGNING_SECRET: optional(alertSigningSecret, null, "must be a string"),
    LOG_SHARE: optional(share, DEFAULT_LOG_SHARE, "must be a number from 0 to 1"),
    DESTINATIONS: v.pipe(
      listSchema,
      v.array(destinationSchemaIn(env)),
      v.rawCheck(({ dataset, addIssue }) => {
        if (!dataset.typed) return;
        const seen = new Set<string>();
        for (const { id } of dataset.value) {
          if (seen.has(id)) addIssue({ message: twice(id) });
          seen.add(id);
        }
      }),
    ),
  });
}

/** The schema of one destination, with the secrets of the environment in it. */
export function destinationSchemaIn(env: Readonly<Record<string, unknown>>) {
  return destinationSchema(secretsOf(env), allowsInsecure(env));
}

/** Says that an id is not the only one. */
export const twice = (id: string): string => `has two destinations with the id ${id}`;

function secretsOf(env: Readonly<Record<string, unknown>>): SecretOf {
  return (name) => {
    const value = env[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
}

function allowsInsecure(env: Readonly<Record<string, unknown>>): boolean {
  const insecure = v.safeParse(flag, env["ALLOW_INSECURE_DESTINATIONS"]);
  return insecure.success && insecure.output;
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };

/**
 * wrangler puts "production" in this very place where it deploys, and "development" in `wrangler dev`. Whoever
 * bundles the Worker without it leaves a name that is not there.
 */
function isDeployed(): boolean {
  try {
    return process.env.NODE_ENV === "production";
  } catch {
    return false;
  }
}
