// The environment, parsed once into a configuration: all faults at once, none with a secret's value.
import * as v from "valibot";
import type { AlertTarget } from "./alerts/alert.ts";
import type { Destination } from "./destinations/destination.ts";
import { destinationSchema } from "./destinations/destination-schema.ts";
import type { SecretOf } from "./destinations/template.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./destinations/standard-webhooks.ts";
import { checkDestinationUrl } from "./destinations/url-safety.ts";
import { type Fault, faultsOf } from "./faults.ts";
import { type Jurisdiction, JURISDICTIONS, jurisdictionSchema } from "./jurisdiction.ts";
import { PROFILE_TOPIC, type Topic, TOPICS } from "./topics.ts";

/** Everything the relay is told from outside. */
export interface Configuration {
  /** Keys that verify webhooks: the current one and, while it is being rotated, the previous. */
  readonly gameballSecretKeys: readonly string[];
  readonly apiToken: string;
  readonly apiReadToken: string | null;
  readonly gameballClientId: string | null;
  readonly ledgerPartitions: number;
  /** Where the Durable Objects are; `null`: anywhere. */
  readonly jurisdiction: Jurisdiction | null;
  readonly destinations: readonly Destination[];
  /** Topics that somebody wants: a destination, or the lookup store, which wants profiles. */
  readonly topics: readonly Topic[];
  /** Who hears of what befalls a destination; `null`: nobody. */
  readonly alerts: AlertTarget | null;
  /** Of the log's lines about what went well the share that is written, from 0 to 1. */
  readonly logShare: number;
}

/** A configuration, or everything that is wrong with it. */
export type Configured =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** One destination, or everything that is wrong with it. */
export type ConfiguredDestination =
  | { readonly ok: true; readonly destination: Destination }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const MAX_PARTITIONS = 256;
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

const listSchema = v.pipe(
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

/** Parses the environment. Nothing is read from it anywhere else. */
export function parseConfiguration(env: Readonly<Record<string, unknown>>): Configured {
  const secretOf = secretsOf(env);
  const allowInsecure = allowsInsecure(env);
  const schema = v.object({
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
      v.array(destinationSchema(secretOf, allowInsecure)),
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
  // Every variable must be a key of its own for valibot to name it where it is missing.
  const given = Object.fromEntries(Object.keys(schema.entries).map((name) => [name, env[name]]));
  const parsed = v.safeParse(schema, given);
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.issues) };
  const settings = parsed.output;
  const { ALERT_URL: url, ALERT_SIGNING_SECRET: signingSecret } = settings;
  const keys = [settings.GAMEBALL_SECRET_KEY, settings.GAMEBALL_SECRET_KEY_PREVIOUS];
  return {
    ok: true,
    configuration: {
      gameballSecretKeys: keys.filter((key) => key !== null),
      apiToken: settings.API_TOKEN,
      apiReadToken: settings.API_READ_TOKEN,
      gameballClientId: settings.GAMEBALL_CLIENT_ID,
      ledgerPartitions: settings.LEDGER_PARTITIONS,
      jurisdiction: settings.JURISDICTION,
      destinations: settings.DESTINATIONS,
      topics: wantedTopics(settings.DESTINATIONS),
      alerts: url === null ? null : { url, signingSecret },
      logShare: settings.LOG_SHARE,
    },
  };
}

/** Parses the destination of an id and nothing else, whatever is wrong with the others. */
export function parseDestination(
  env: Readonly<Record<string, unknown>>,
  id: string,
): ConfiguredDestination {
  const listed = v.safeParse(v.pipe(listSchema, v.array(v.unknown())), env["DESTINATIONS"]);
  if (!listed.success) return { ok: false, faults: placed(faultsOf(listed.issues)) };
  const indexes = listed.output.flatMap((one, index) => (v.is(idSchema(id), one) ? [index] : []));
  const [index, ...others] = indexes;
  if (index === undefined || others.length > 0) {
    const detail = index === undefined ? `has no destination with the id ${id}` : twice(id);
    return { ok: false, faults: placed([{ pointer: "", detail }]) };
  }
  const schema = destinationSchema(secretsOf(env), allowsInsecure(env));
  const parsed = v.safeParse(schema, listed.output[index]);
  return parsed.success
    ? { ok: true, destination: parsed.output }
    : { ok: false, faults: placed(faultsOf(parsed.issues), index) };
}

const idSchema = (id: string) => v.looseObject({ id: v.literal(id) });

const twice = (id: string): string => `has two destinations with the id ${id}`;

/** Faults of the destinations, or of one of them. */
function placed(faults: readonly Fault[], index?: number): Fault[] {
  const place = index === undefined ? "/DESTINATIONS" : `/DESTINATIONS/${index}`;
  return faults.map(({ pointer, detail }) => ({ pointer: place + pointer, detail }));
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

function wantedTopics(destinations: readonly Destination[]): readonly Topic[] {
  const wanted = new Set([PROFILE_TOPIC, ...destinations.flatMap(({ topics }) => topics)]);
  return TOPICS.filter((topic) => wanted.has(topic));
}

const memo = new WeakMap<object, Configured>();

/** The configuration of an environment, parsed once for each that the platform hands in. */
export function configurationOf(env: Readonly<Record<string, unknown>>): Configured {
  const known = memo.get(env) ?? parseConfiguration(env);
  memo.set(env, known);
  return known;
}

/**
 * Where an environment's Durable Objects are. Throws while the configuration is wrong: nobody may reach them
 * then, and objects would begin in the wrong place.
 */
export function jurisdictionOf(env: Readonly<Record<string, unknown>>): Jurisdiction | null {
  const configured = configurationOf(env);
  if (!configured.ok) throw new Error("the configuration is wrong");
  return configured.configuration.jurisdiction;
}
