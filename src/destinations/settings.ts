// One table of `DESTINATIONS`: its settings, each by itself, with their limits and the secrets in them.
import * as v from "valibot";
import { isKnownPath, isValuePath } from "../profile/paths.ts";
import { PROFILE_TOPIC, TOPICS } from "../topics.ts";
import { FORMATS, KEYS } from "./destination.ts";
import { headersSchema, table } from "./headers.ts";
import { isSigningSecret, SIGNING_SECRET_RULE } from "./standard-webhooks.ts";
import { type SecretOf, template } from "./template.ts";
import { checkDestinationUrl } from "./url-safety.ts";

/** Milliseconds of an hour. */
export const HOUR_MS = 60 * 60 * 1000;

/** Longest timeout: half a lease, so that an attempt always ends before its lease does. */
const MAX_TIMEOUT_MS = 30_000;
const MAX_RATE_LIMIT = 100_000;
const MAX_RATE_SECONDS = 24 * 60 * 60;
const MAX_GIVE_UP_HOURS = 30 * 24;
const MAX_MIN_INTERVAL_MS = 24 * HOUR_MS;

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

/**
 * The schema of all settings, each checked by itself, so that all faults are found at once. `secretOf` finds
 * the Worker secrets that `${NAME}` names; `allowInsecure` admits `http:` and loopback URLs.
 */
export const settingsSchema = (secretOf: SecretOf, allowInsecure: boolean) =>
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
    rate: v.optional(
      v.strictObject({
        limit: within(1, MAX_RATE_LIMIT),
        per_seconds: v.pipe(
          above0,
          v.maxValue(MAX_RATE_SECONDS, `must be at most ${MAX_RATE_SECONDS}`),
        ),
      }),
    ),
    give_up_after_hours: v.optional(
      v.pipe(above0, v.maxValue(MAX_GIVE_UP_HOURS, `must be at most ${MAX_GIVE_UP_HOURS}`)),
      72,
    ),
  });
export type Settings = v.InferOutput<ReturnType<typeof settingsSchema>>;

/** One thing that is wrong, and where. */
export interface Mismatch {
  readonly path: readonly [keyof Settings, ...string[]];
  readonly message: string;
}
