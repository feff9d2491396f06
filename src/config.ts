// The environment, parsed once into a configuration: all faults at once, none with a secret's value.
import * as v from "valibot";
import type { AlertTarget } from "./alerts/alert.ts";
import type { Destination } from "./destinations/destination.ts";
import { type Fault, faultsOf } from "./faults.ts";
import type { Jurisdiction } from "./jurisdiction.ts";
import { PROFILE_TOPIC, type Topic, TOPICS } from "./topics.ts";
import { destinationSchemaIn, listSchema, twice, variablesSchema } from "./variables.ts";

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

/** Parses the environment. Nothing is read from it anywhere else. */
export function parseConfiguration(env: Readonly<Record<string, unknown>>): Configured {
  const schema = variablesSchema(env);
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
  const schema = destinationSchemaIn(env);
  const parsed = v.safeParse(schema, listed.output[index]);
  return parsed.success
    ? { ok: true, destination: parsed.output }
    : { ok: false, faults: placed(faultsOf(parsed.issues), index) };
}

const idSchema = (id: string) => v.looseObject({ id: v.literal(id) });

/** Faults of the destinations, or of one of them. */
function placed(faults: readonly Fault[], index?: number): Fault[] {
  const place = index === undefined ? "/DESTINATIONS" : `/DESTINATIONS/${index}`;
  return faults.map(({ pointer, detail }) => ({ pointer: place + pointer, detail }));
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
