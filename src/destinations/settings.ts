// One table of `DESTINATIONS`: its settings with their limits and defaults, and the secrets in them.
import * as v from "valibot";
import { isKnownPath, isValuePath } from "../profile/paths.ts";
import { PROFILE_TOPIC, TOPICS } from "../topics.ts";
import { accessOf, baseOf, checkCredentials, secretCredentials } from "./credentials.ts";
import { type CrmMapping, type Destination, type Field, FORMATS, KEYS } from "./destination.ts";
import type { CrmFormat } from "./format.ts";
import { formatOf } from "./formats.ts";
import { credentialsIn, headersSchema, table } from "./headers.ts";
import { DEFAULT_FIELDS, fieldOf } from "./mapping.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./standard-webhooks.ts";
import { type SecretOf, template, textsOf } from "./template.ts";
import { checkDestinationUrl } from "./url-safety.ts";

const HOUR_MS = 60 * 60 * 1000;

/** Longest timeout: half a lease, so that an attempt always ends before its lease does. */
const MAX_TIMEOUT_MS = 30_000;
const MAX_RATE_LIMIT = 100_000;
const MAX_GIVE_UP_HOURS = 30 * 24;
const MAX_MIN_INTERVAL_MS = 24 * HOUR_MS;

/** Settings of formats that carry the relay's own events, and of a CRM's own API. */
const EVENT_SETTINGS = ["signing_secret", "deliver"] as const;
const CRM_SETTINGS = ["credentials", "fields", "key", "update_only"] as const;

const within = (minimum: number, maximum: number) =>
  v.pipe(
    v.number(),
    v.integer("must be a whole number"),
    v.minValue(minimum, `must be at least ${minimum}`),
    v.maxValue(maximum, `must be at most ${maximum}`),
  );
const above0 = v.pipe(v.number(), v.finite(), v.gtValue(0, "must be more than 0"));

const urlSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
  v.pipe(
    template(secretOf),
    v.rawCheck(({ dataset, addIssue }) => {
      const fault = dataset.typed ? checkDestinationUrl(dataset.value.text, allowInsecure) : null;
      if (fault !== null) addIssue({ message: fault });
    }),
  );

/** A setting that is about profiles would have no effect, which nobody intends. */
const NO_PROFILES = `is about profiles: topics lacks ${PROFILE_TOPIC}`;

const topicsSchema = v.pipe(
  v.array(v.picklist(TOPICS)),
  v.nonEmpty("must name a topic at least"),
  v.check((topics) => new Set(topics).size === topics.length, "must name each topic once"),
);

const fieldsSchema = v.pipe(
  table,
  v.record(
    v.pipe(v.string(), v.nonEmpty("must have a name")),
    v.pipe(v.string(), v.check(isValuePath, "is not a value of the profile")),
  ),
  v.check((fields) => Object.keys(fields).length > 0, "must map a field at least"),
);

/** Every setting is checked by itself, so that all faults are found at once. */
const settingsSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
  v.strictObject({
    id: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]{1,64}$/, "must be 1 to 64 of the characters a-z, 0-9 and -"),
      v.notValues(["constructor", "prototype"], "must be another word: JavaScript keeps this one"),
    ),
    url: v.optional(urlSchema(secretOf, allowInsecure)),
    headers: v.optional(headersSchema(secretOf), {}),
    credentials: v.optional(v.pipe(table, v.record(v.string(), template(secretOf)))),
    signing_secret: v.optional(
      v.pipe(
        template(secretOf),
        v.check(({ text }) => isSigningSecret(text), SIGNING_SECRET_RULE),
      ),
    ),
    format: v.optional(v.picklist(FORMATS), "webhook"),
    topics: v.optional(topicsSchema, [PROFILE_TOPIC]),
    deliver: v.optional(v.picklist(["latest", "every"])),
    fields: v.optional(fieldsSchema),
    key: v.optional(v.picklist(KEYS)),
    update_only: v.optional(v.boolean("must be true or false")),
    batch: v.optional(within(1, Infinity)),
    only_on: v.optional(
      v.array(v.pipe(v.string(), v.check(isKnownPath, "is not a field of the profile"))),
    ),
    timeout_ms: v.optional(within(1, MAX_TIMEOUT_MS), 10_000),
    min_interval_ms: v.optional(within(0, MAX_MIN_INTERVAL_MS), 1_000),
    rate: v.optional(v.strictObject({ limit: within(1, MAX_RATE_LIMIT), per_seconds: above0 })),
    give_up_after_hours: v.optional(
      v.pipe(above0, v.maxValue(MAX_GIVE_UP_HOURS, `must be at most ${MAX_GIVE_UP_HOURS}`)),
      72,
    ),
  });
type Settings = v.InferOutput<ReturnType<typeof settingsSchema>>;

/** One thing that is wrong with settings that are each right by themselves. */
interface Mismatch {
  readonly path: readonly [keyof Settings, ...string[]];
  readonly message: string;
}

/**
 * The schema of one destination. `secretOf` finds the Worker secrets that `${NAME}` names;
 * `allowInsecure` admits `http:` and loopback URLs.
 */
export function destinationSchema(secretOf: SecretOf, allowInsecure: boolean) {
  return v.pipe(
    settingsSchema(secretOf, allowInsecure),
    v.rawTransform(({ dataset, addIssue, NEVER }): Destination => {
      const settings = dataset.value;
      const mismatches = [...checkTopics(settings), ...checkFormat(settings, allowInsecure)];
      for (const { path, message } of mismatches) addIssue({ message, path: pathTo(path) });
      return mismatches.length === 0 ? build(settings) : NEVER;
    }),
  );
}

function checkTopics(settings: Settings): Mismatch[] {
  const { topics, deliver, only_on: onlyOn = [] } = settings;
  const carried = formatOf(settings.format).topics;
  const mismatches: Mismatch[] = [];
  if (!topics.every((topic) => carried.includes(topic))) {
    const message = "names a topic that the format does not carry";
    mismatches.push({ path: ["topics"], message });
  }
  if (topics.includes(PROFILE_TOPIC)) return mismatches;
  if (deliver === "every") mismatches.push({ path: ["deliver"], message: NO_PROFILES });
  if (onlyOn.length > 0) mismatches.push({ path: ["only_on"], message: NO_PROFILES });
  return mismatches;
}

function checkFormat(settings: Settings, allowInsecure: boolean): Mismatch[] {
  const { crm, maxBatch } = formatOf(settings.format);
  const mismatches: Mismatch[] = [];
  const foreign = crm === null ? CRM_SETTINGS : EVENT_SETTINGS;
  for (const name of foreign) {
    if (settings[name] === undefined || settings[name] === "latest") continue;
    mismatches.push({ path: [name], message: `is no setting of the format ${settings.format}` });
  }
  if (settings.batch !== undefined && settings.batch > maxBatch) {
    mismatches.push({ path: ["batch"], message: `must be at most ${maxBatch}` });
  }
  if (settings.url === undefined && (crm === null || crm.url === null)) {
    mismatches.push({ path: ["url"], message: "is missing" });
  }
  if (crm === null) return mismatches;
  const credentials = checkCredentials(settings, crm, allowInsecure);
  return [...mismatches, ...checkMapping(settings, crm), ...credentials];
}

function checkMapping(settings: Settings, crm: CrmFormat): Mismatch[] {
  const { key, update_only: updateOnly } = settings;
  const mismatches: Mismatch[] = [];
  if (key !== undefined && !crm.keys.includes(key)) {
    mismatches.push({ path: ["key"], message: `must be one of ${crm.keys.join(", ")}` });
  }
  if (updateOnly !== undefined && crm.updateOnly === null) {
    mismatches.push({ path: ["update_only"], message: `is no choice that ${crm.name} gives` });
  }
  const mapping = mappingOf(settings, crm);
  const { required } = crm;
  if (crm.keyIsField && mapping.key !== "email" && fieldOf(mapping.key, mapping) === null) {
    mismatches.push({ path: ["fields"], message: `must map ${mapping.key}, which is the key` });
  }
  if (required === null) return mismatches;
  const isMapped = mapping.fields.some(({ name }) => name.toLowerCase() === required.toLowerCase());
  if (isMapped === mapping.updateOnly) {
    const message = isMapped
      ? `must not map ${required}, with which ${crm.name} creates those whom it does not know`
      : `must map ${required}, without which ${crm.name} creates nobody`;
    mismatches.push({ path: ["fields"], message });
  }
  return mismatches;
}

/** A destination of settings that fit together. */
function build(settings: Settings): Destination {
  const { signing_secret: signing, rate } = settings;
  const { crm, ...format } = formatOf(settings.format);
  const mapping = crm === null ? null : mappingOf(settings, crm);
  const access = crm === null ? { headers: {}, oauth: null } : accessOf(settings, crm);
  const headers = { ...textsOf(settings.headers), ...access.headers };
  return {
    id: settings.id,
    url: baseOf(settings, crm),
    headers,
    signingSecret: signing?.text ?? null,
    format: settings.format,
    topics: settings.topics,
    deliver: settings.deliver ?? "latest",
    batch: settings.batch ?? format.defaultBatch,
    onlyOn: settings.only_on ?? (mapping === null ? [] : pathsOf(mapping)),
    timeoutMs: settings.timeout_ms,
    minIntervalMs: settings.min_interval_ms,
    rate: rate === undefined ? format.rate : { limit: rate.limit, perSeconds: rate.per_seconds },
    giveUpAfterMs: settings.give_up_after_hours * HOUR_MS,
    crm: mapping,
    oauth: access.oauth,
    secrets: secretsOf(settings, headers),
  };
}

function mappingOf(settings: Settings, crm: CrmFormat): CrmMapping {
  const fields: readonly Field[] =
    settings.fields === undefined
      ? DEFAULT_FIELDS.map(({ name, path }) => ({ name: crm.spell(name), path }))
      : Object.entries(settings.fields).map(([name, path]) => ({ name, path }));
  return {
    key: settings.key ?? crm.keys[0],
    fields,
    updateOnly: settings.update_only ?? crm.updateOnly ?? false,
  };
}

/** What a CRM is told of: nothing else that changes is worth a call. */
function pathsOf({ key, fields }: CrmMapping): string[] {
  const paths = new Set([key, ...fields.map(({ path }) => path)]);
  return [...paths].filter(isKnownPath);
}

/** Values that must never be shown, wherever they stand. */
function secretsOf(settings: Settings, headers: Readonly<Record<string, string>>): string[] {
  const { url, signing_secret: signing, credentials = {} } = settings;
  const filled = [
    ...(url === undefined ? [] : [url]),
    ...Object.values(settings.headers),
    ...(signing === undefined ? [] : [signing]),
    ...Object.values(credentials),
  ];
  const secrets = new Set(filled.flatMap((text) => text.secrets));
  for (const credential of credentialsIn({ ...headers, ...secretCredentials(credentials) })) {
    secrets.add(credential);
  }
  if (signing !== undefined) secrets.add(signing.text);
  return [...secrets];
}

function pathTo(keys: readonly string[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  const items = keys.map((key): v.IssuePathItem => ({
    type: "unknown",
    origin: "value",
    input: {},
    key,
    value: null,
  }));
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}
